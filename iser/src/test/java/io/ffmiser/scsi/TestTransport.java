package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.memory.PlainMemory;
import io.ffmiser.memory.RegisteredMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Moves data between the arrays of a pretended application client and a logical unit's buffers. Answers come during the call, or, when
 * held, one by one from {@link #answerOne}.
 */
final class TestTransport implements TransportServices, Executor {
    static final int CHUNK = 8192;

    /** A command as its client sees it. */
    static final class Io {
        final ScsiCommand command = new ScsiCommand();
        final byte[] in;
        final byte[] out;
        int moved;
        int completions;
        int unanswered;
        int transfers;
        boolean aborted;

        Io(byte[] in, byte[] out) {
            this.in = in;
            this.out = out;
        }

        int status() {
            assertEquals(1, completions, "completions");
            return command.status();
        }

        /** Sense key, code and qualifier of fixed-format sense data. */
        int condition() {
            assertEquals(ScsiCommand.CHECK_CONDITION, status());
            assertTrue(command.senseLength() >= 8, "sense");
            byte[] sense = command.sense();
            return (sense[0] & 0x7F) == 0x70
                    ? sense[2] << 16 | Cdb.get16(sense, 12)
                    : sense[1] << 16 | Cdb.get16(sense, 2);
        }

        Io good() {
            assertEquals(
                    ScsiCommand.GOOD,
                    status(),
                    () -> "sense " + HexFormat.of().formatHex(command.sense(), 0, command.senseLength()));
            return this;
        }

        byte[] received() {
            return Arrays.copyOf(in, moved);
        }
    }

    private final ArrayDeque<RegisteredMemory> pool = new ArrayDeque<>();
    private final ArrayDeque<Io> wanting = new ArrayDeque<>();
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
    private final List<Io> begun = new ArrayList<>();
    private final int poolSize;
    private @Nullable LogicalUnit unit;
    boolean holding;
    /** Takes data transfers, and fails nevertheless. */
    boolean failing;
    /** Takes nothing, and says so. */
    boolean refusing;
    /** Keeps the chunks that come back from those who wait. */
    boolean keeping;

    TestTransport(int poolSize) {
        this.poolSize = poolSize;
        for (int i = 0; i < poolSize; i++) {
            pool.add(PlainMemory.allocate(CHUNK));
        }
    }

    TestTransport serve(LogicalUnit newUnit) {
        unit = newUnit;
        return this;
    }

    private LogicalUnit unit() {
        return assertUnit(unit);
    }

    private static LogicalUnit assertUnit(@Nullable LogicalUnit unit) {
        if (unit == null) {
            throw new IllegalStateException("no unit");
        }
        return unit;
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    /** Begins a command and does not wait. */
    Io begin(Nexus nexus, ScsiCommand.TaskAttribute attribute, byte[] cdb, int inLength, byte... out) {
        Io io = new Io(new byte[inLength], out);
        System.arraycopy(cdb, 0, io.command.cdb(), 0, cdb.length);
        io.command.setTransportContext(io);
        io.command.begin(nexus, this, Math.max(16, cdb.length), attribute, inLength, out.length);
        begun.add(io);
        unit().execute(io.command);
        return io;
    }

    Io run(Nexus nexus, byte[] cdb, int inLength, byte... out) {
        return await(begin(nexus, ScsiCommand.TaskAttribute.SIMPLE, cdb, inLength, out));
    }

    Io run(Nexus nexus, String cdb, int inLength, byte... out) {
        return run(nexus, hex(cdb), inLength, out);
    }

    /** Runs answers and the mailbox until the command has ended and its last answer was given. */
    Io await(Io io) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (io.completions == 0 || io.unanswered > 0) {
            if (answerOne()) {
                continue;
            }
            Runnable task = poll();
            if (task != null) {
                task.run();
            }
            assertTrue(System.nanoTime() < deadline, "the command did not end");
        }
        return io;
    }

    private @Nullable Runnable poll() {
        try {
            return mailbox.poll(10, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Gives the oldest held answer; false if there is none. */
    boolean answerOne() {
        Runnable answer = held.poll();
        if (answer != null) {
            answer.run();
        }
        return answer != null;
    }

    void abort(Io io) {
        unit().abort(io.command, aborted -> {
            assertEquals(0, io.unanswered, "aborted while the wire uses its buffers");
            assertEquals(0, io.completions);
            io.aborted = true;
        });
    }

    /** Every command ended once, and the pool is whole. */
    void checkQuiet() {
        assertEquals(poolSize, pool.size(), "chunks in the pool");
        for (Io io : begun) {
            assertEquals(1, io.completions + (io.aborted ? 1 : 0));
            assertEquals(0, io.unanswered);
        }
        begun.clear();
    }

    @Override
    public void execute(Runnable task) {
        mailbox.add(task);
    }

    private static Io io(ScsiCommand command) {
        if (command.transportContext() instanceof Io io) {
            return io;
        }
        throw new AssertionError("not a command of this transport");
    }

    private void answer(Io io, Runnable answer) {
        io.unanswered++;
        Runnable counted = () -> {
            io.unanswered--;
            answer.run();
        };
        if (holding) {
            held.add(counted);
        } else {
            counted.run();
        }
    }

    @Override
    public void requestBuffer(ScsiCommand command, int length) {
        assertTrue(length > 0 && length <= CHUNK, "length " + length);
        refuse();
        Io io = io(command);
        if (pool.isEmpty()) {
            io.unanswered++;
            wanting.add(io);
        } else {
            RegisteredMemory memory = pool.removeFirst();
            answer(io, () -> unit().bufferGranted(command, memory, 0, CHUNK));
        }
    }

    private void refuse() {
        if (refusing) {
            throw new OutOfMemoryError("as the test wants");
        }
    }

    @Override
    public boolean withdrawBuffer(ScsiCommand command) {
        Io io = io(command);
        boolean waited = wanting.removeLastOccurrence(io);
        io.unanswered -= waited ? 1 : 0;
        return waited;
    }

    @Override
    public int unanswered(ScsiCommand command) {
        return io(command).transfers;
    }

    @Override
    public int chunkBytes() {
        return CHUNK;
    }

    @Override
    public void releaseBuffer(ScsiCommand command, RegisteredMemory memory, long offset) {
        memory.segment().fill((byte) 0x5A);
        Io next = keeping ? null : wanting.poll();
        if (next == null) {
            pool.add(memory);
        } else {
            next.unanswered--;
            answer(next, () -> unit().bufferGranted(next.command, memory, 0, CHUNK));
        }
    }

    @Override
    public void sendDataIn(ScsiCommand command, RegisteredMemory memory, long offset, int length, long bufferOffset) {
        refuse();
        Io io = io(command);
        assertTrue(length > 0 && bufferOffset + length <= io.in.length, "beyond the client's buffer");
        io.transfers++;
        answer(io, () -> {
            io.transfers--;
            MemorySegment.copy(memory.segment(), ValueLayout.JAVA_BYTE, offset, io.in, (int) bufferOffset, length);
            io.moved = Math.max(io.moved, (int) bufferOffset + length);
            unit().dataInDelivered(command);
        });
    }

    @Override
    public void receiveDataOut(
            ScsiCommand command, RegisteredMemory memory, long offset, int length, long bufferOffset) {
        refuse();
        Io io = io(command);
        assertTrue(length > 0 && bufferOffset + length <= io.out.length, "beyond the client's buffer");
        io.transfers++;
        answer(io, () -> {
            io.transfers--;
            MemorySegment.copy(io.out, (int) bufferOffset, memory.segment(), ValueLayout.JAVA_BYTE, offset, length);
            unit().dataOutReceived(command);
        });
        if (failing) {
            throw new IllegalStateException("failing");
        }
    }

    @Override
    public void sendCommandComplete(ScsiCommand command) {
        Io io = io(command);
        io.completions++;
        assertEquals(1, io.completions, "a second status");
        assertTrue(!io.aborted, "status after an abort");
    }
}
