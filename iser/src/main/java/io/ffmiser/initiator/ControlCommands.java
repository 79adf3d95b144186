package io.ffmiser.initiator;

import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import io.ffmiser.iscsi.session.InitiatorAnswer;
import io.ffmiser.iscsi.session.InitiatorSession;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The commands of a session whose data is small and travels through arrays (SPC-4, SBC-3). Thread-safe. */
final class ControlCommands {
    private static final int MIN_CDB = 6;
    private static final int MAX_CDB = 16;
    private static final int READ_CAPACITY_16 = 0x10;
    private static final int CAPACITY_10_LENGTH = 8;
    private static final int CAPACITY_16_LENGTH = 32;
    private static final int INQUIRY_LENGTH = 96;
    private static final int MIN_INQUIRY = 36;
    private static final int VITAL_PRODUCT_DATA_LENGTH = 0xfff0;
    private static final int MAX_COMMAND_BYTES = 1 << 20;
    /** For targets that tell no limit: what all known ones take. */
    private static final int DEFAULT_COMMAND_BYTES = 512 << 10;

    private static final int LOGICAL_UNIT_NOT_SUPPORTED = 0x25;
    private static final byte[] NONE = {};

    private final SessionEngine engine;

    ControlCommands(SessionEngine engine) {
        this.engine = engine;
    }

    /** Begins work whose commands end with its future. */
    private <T> CompletableFuture<T> begin(Function<Cancellation, CompletableFuture<T>> work) {
        return Cancellation.begin(engine.driver(), work);
    }

    CompletableFuture<ScsiResult> execute(int lun, byte[] cdb, byte[] dataOut, int dataInLength) {
        int limit = SessionMemory.SCRATCH_BYTES;
        if (dataOut.length > limit || dataInLength < 0 || dataInLength > limit) {
            throw new IllegalArgumentException("at most " + limit + " bytes: " + dataOut.length + ", " + dataInLength);
        }
        return begin(cancellation -> execute(cancellation, lun, cdb, dataOut, dataInLength));
    }

    private CompletableFuture<ScsiResult> execute(
            Cancellation cancellation, int lun, byte[] cdb, byte[] dataOut, int dataInLength) {
        if (cdb.length < MIN_CDB || cdb.length > MAX_CDB) {
            throw new IllegalArgumentException("a CDB has 6 to 16 octets: " + cdb.length);
        }
        if (dataOut.length > 0 && dataInLength > 0) {
            throw new IllegalArgumentException("one direction only");
        }
        byte[] ownCdb = cdb.clone();
        byte[] ownData = dataOut.clone();
        CompletableFuture<ScsiResult> result = new CompletableFuture<>();
        engine.driver().run(() -> {
            try {
                start(cancellation, lun, ownCdb, ownData, dataInLength, result);
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private void start(
            Cancellation cancellation,
            int lun,
            byte[] cdb,
            byte[] dataOut,
            int dataInLength,
            CompletableFuture<ScsiResult> result) {
        boolean withData = dataOut.length > 0 || dataInLength > 0;
        RegisteredBuffer scratch =
                withData ? engine.memory().takeScratch(Math.max(dataOut.length, dataInLength)) : null;
        ScsiCall call = new ScsiCall(engine, cancellation, done -> {
            try {
                finish(done, scratch, dataInLength, result);
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            if (scratch == null) {
                call.request().command(lun, cdb);
            } else if (dataOut.length > 0) {
                MemorySegment.copy(dataOut, 0, scratch.segment(), ValueLayout.JAVA_BYTE, 0, dataOut.length);
                call.request().commandOut(lun, cdb, scratch, 0, dataOut.length);
            } else {
                call.request().commandIn(lun, cdb, scratch, 0, dataInLength);
            }
            call.start();
        } catch (RuntimeException | Error e) {
            give(scratch);
            throw e;
        }
    }

    private void finish(
            ScsiRequest done,
            @Nullable RegisteredBuffer scratch,
            int dataInLength,
            CompletableFuture<ScsiResult> result) {
        byte[] dataIn = NONE;
        try {
            if (scratch != null && dataInLength > 0 && done.outcome() == Outcome.COMPLETED) {
                dataIn = new byte[Math.min(dataInLength, done.transferredBytes())];
                MemorySegment.copy(scratch.segment(), ValueLayout.JAVA_BYTE, 0, dataIn, 0, dataIn.length);
            }
        } finally {
            give(scratch);
        }
        if (done.outcome() == Outcome.COMPLETED) {
            int residual = Math.clamp(done.residualBytes(), Integer.MIN_VALUE, Integer.MAX_VALUE);
            result.complete(new ScsiResult(done.status(), done.sense(), dataIn, residual));
        } else {
            result.completeExceptionally(done.failure());
        }
    }

    private void give(@Nullable RegisteredBuffer scratch) {
        if (scratch != null) {
            engine.memory().giveScratch(scratch);
        }
    }

    CompletableFuture<List<Integer>> luns() {
        return begin(
                cancellation -> new ReportLuns((cdb, length) -> execute(cancellation, 0, cdb, NONE, length)).ask());
    }

    CompletableFuture<Inquiry> inquiry(int lun) {
        return begin(cancellation -> inquiry(cancellation, lun));
    }

    private CompletableFuture<Inquiry> inquiry(Cancellation cancellation, int lun) {
        byte[] cdb = {CommandBlocks.INQUIRY, 0, 0, 0, INQUIRY_LENGTH, 0};
        return execute(cancellation, lun, cdb, NONE, INQUIRY_LENGTH).thenApply(result -> {
            byte[] data = result.orThrow("INQUIRY of LUN " + lun).dataIn();
            if (data.length < MIN_INQUIRY) {
                throw new InitiatorException("INQUIRY of LUN " + lun + ": " + data.length + " bytes of data");
            }
            return new Inquiry(
                    (data[0] & 0xff) >> 5,
                    data[0] & 0x1f,
                    text(data, 8, 16),
                    text(data, 16, 32),
                    text(data, 32, 36),
                    data[2] & 0xff);
        });
    }

    private static String text(byte[] data, int from, int to) {
        return new String(data, from, to - from, StandardCharsets.US_ASCII).strip();
    }

    CompletableFuture<byte[]> vitalProductData(int lun, int page) {
        return begin(cancellation -> vitalProductData(cancellation, lun, page));
    }

    private CompletableFuture<byte[]> vitalProductData(Cancellation cancellation, int lun, int page) {
        return inquireOfPage(cancellation, lun, page).thenApply(result -> {
            byte[] data = pageOf(lun, page, result);
            int pageLength = pageLength(data);
            if (data.length < pageLength) {
                throw new InitiatorException(
                        inquiryOf(lun, page) + ": " + data.length + " of " + pageLength + " bytes");
            }
            return data;
        });
    }

    private CompletableFuture<ScsiResult> inquireOfPage(Cancellation cancellation, int lun, int page) {
        if (page < 0 || page > 0xff) {
            throw new IllegalArgumentException("page " + page);
        }
        int length = VITAL_PRODUCT_DATA_LENGTH;
        byte[] cdb = {CommandBlocks.INQUIRY, 1, (byte) page, (byte) (length >> 8), (byte) length, 0};
        return execute(cancellation, lun, cdb, NONE, length);
    }

    /** What came of the page, and nothing behind it. */
    private static byte[] pageOf(int lun, int page, ScsiResult result) {
        byte[] data = result.orThrow(inquiryOf(lun, page)).dataIn();
        if (data.length < 4 || (data[1] & 0xff) != page) {
            throw new InitiatorException(inquiryOf(lun, page) + ": the answer is another page");
        }
        return Arrays.copyOf(data, Math.min(data.length, pageLength(data)));
    }

    private static int pageLength(byte[] page) {
        return 4 + ((page[2] & 0xff) << 8) + (page[3] & 0xff);
    }

    private static String inquiryOf(int lun, int page) {
        return "INQUIRY of LUN " + lun + ", page 0x" + Integer.toHexString(page);
    }

    /** READ CAPACITY (16), or (10) where the target does not know it; then the limit on transfers, if it tells one. */
    CompletableFuture<Capacity> capacity(int lun) {
        return begin(cancellation -> capacity(cancellation, lun));
    }

    private CompletableFuture<Capacity> capacity(Cancellation cancellation, int lun) {
        byte[] cdb = new byte[16];
        cdb[0] = (byte) CommandBlocks.SERVICE_ACTION_IN_16;
        cdb[1] = READ_CAPACITY_16;
        CommandBlocks.putInt(cdb, 10, CAPACITY_16_LENGTH);
        return execute(cancellation, lun, cdb, NONE, CAPACITY_16_LENGTH)
                .thenCompose(result -> isUnknownCommand(result)
                        ? capacity10(cancellation, lun)
                        : CompletableFuture.completedFuture(capacity16(lun, result)))
                .thenCompose(capacity -> limits(cancellation, lun, capacity));
    }

    private static boolean isUnknownCommand(ScsiResult result) {
        SenseData sense = SenseData.parse(result.sense());
        return sense != null && sense.key() == SenseData.ILLEGAL_REQUEST && sense.asc() != LOGICAL_UNIT_NOT_SUPPORTED;
    }

    private static Capacity capacity16(int lun, ScsiResult result) {
        byte[] data = result.orThrow("READ CAPACITY(16) of LUN " + lun).dataIn();
        if (data.length < 16) {
            throw new InitiatorException("READ CAPACITY(16) of LUN " + lun + ": " + data.length + " bytes of data");
        }
        ByteBuffer fields = ByteBuffer.wrap(data);
        int exponent = data[13] & 0x0f;
        boolean thin = (data[14] & 0x80) != 0;
        return capacity(lun, fields.getLong(0), fields.getInt(8), exponent, thin);
    }

    private CompletableFuture<Capacity> capacity10(Cancellation cancellation, int lun) {
        byte[] cdb = new byte[10];
        cdb[0] = CommandBlocks.READ_CAPACITY_10;
        return execute(cancellation, lun, cdb, NONE, CAPACITY_10_LENGTH).thenApply(result -> {
            byte[] data = result.orThrow("READ CAPACITY(10) of LUN " + lun).dataIn();
            if (data.length < CAPACITY_10_LENGTH) {
                throw new InitiatorException("READ CAPACITY(10) of LUN " + lun + ": " + data.length + " bytes of data");
            }
            ByteBuffer fields = ByteBuffer.wrap(data);
            return capacity(lun, fields.getInt(0) & 0xffff_ffffL, fields.getInt(4), 0, false);
        });
    }

    private static Capacity capacity(int lun, long lastBlock, int blockSize, int exponent, boolean thin) {
        boolean powerOfTwo = blockSize >= 512 && Integer.bitCount(blockSize) == 1 && blockSize <= 1 << 20;
        if (!powerOfTwo || lastBlock < 0 || lastBlock >= Long.MAX_VALUE / blockSize) {
            throw new InitiatorException(
                    "LUN " + lun + " reports a last block of " + lastBlock + " and " + blockSize + " bytes a block");
        }
        int maxTransferBlocks = Math.max(1, DEFAULT_COMMAND_BYTES / blockSize);
        return new Capacity(lastBlock + 1, blockSize, blockSize << exponent, thin, maxTransferBlocks);
    }

    /** A unit without the page refuses it (SPC-4 section 6.4.1); any other failure says nothing of its limits. */
    private CompletableFuture<Capacity> limits(Cancellation cancellation, int lun, Capacity told) {
        return inquireOfPage(cancellation, lun, BlockLimits.PAGE).thenApply(result -> {
            BlockLimits limits = isUnknownCommand(result)
                    ? BlockLimits.UNKNOWN
                    : BlockLimits.parse(pageOf(lun, BlockLimits.PAGE, result));
            long limit = limits.transferBlocks();
            Capacity capacity = limit == 0
                    ? told
                    : told.withMaxTransferBlocks((int) Math.min(limit, MAX_COMMAND_BYTES / told.blockSize()));
            LogicalUnitState unit = engine.unit(lun);
            unit.limits = limits;
            unit.capacity = capacity;
            return capacity;
        });
    }

    CompletableFuture<Void> flush(int lun) {
        return begin(cancellation -> {
            CompletableFuture<Void> result = new CompletableFuture<>();
            engine.driver().run(() -> {
                ScsiCall call = new ScsiCall(engine, cancellation, done -> {
                    try {
                        InitiatorException wrong = done.failure();
                        if (wrong == null) {
                            result.complete(null);
                        } else {
                            result.completeExceptionally(wrong);
                        }
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                });
                try {
                    call.request().flush(lun);
                    call.start();
                } catch (Throwable e) {
                    result.completeExceptionally(e);
                }
            });
            return result;
        });
    }

    CompletableFuture<Void> resetLogicalUnit(int lun) {
        LogicalUnitState unit = engine.unit(lun);
        CompletableFuture<Void> result = new CompletableFuture<>();
        engine.driver().run(() -> {
            try {
                InitiatorSession session = engine.current();
                if (session == null) {
                    throw new InitiatorException("the session is " + engine.state());
                }
                session.manage(TaskManagementFunction.LOGICAL_UNIT_RESET, unit.field, new ResetAnswer(lun, result));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private record ResetAnswer(int lun, CompletableFuture<Void> result) implements InitiatorAnswer {
        @Override
        public void answered(int code, byte[] text) {
            if (code == TaskManagementResponseCode.FUNCTION_COMPLETE.code()) {
                result.complete(null);
            } else {
                failed("the target answered " + TaskManagementResponseCode.of(code) + " (" + code + ")");
            }
        }

        @Override
        public void failed(String reason) {
            result.completeExceptionally(new InitiatorException("reset of LUN " + lun + ": " + reason));
        }
    }
}
