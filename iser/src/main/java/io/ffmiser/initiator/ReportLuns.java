package io.ffmiser.initiator;

import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** REPORT LUNS (SPC-4 section 6.33), asked again where the list is longer than the place for it. */
final class ReportLuns {
    /** The most entries that are taken: as many as flat space addressing can name. */
    static final int MAX_ENTRIES = LogicalUnitNumber.MAX + 1;

    private static final int HEADER = 8;
    private static final int ENTRY = 8;
    private static final int FIRST_ENTRIES = 4096;
    /** The list may grow meanwhile. */
    private static final int MAX_QUESTIONS = 4;

    private final BiFunction<byte[], Integer, CompletableFuture<ScsiResult>> execute;

    /**
     * Makes one that has not asked.
     *
     * @param execute runs a CDB that takes so many octets of data from LUN 0
     */
    ReportLuns(BiFunction<byte[], Integer, CompletableFuture<ScsiResult>> execute) {
        this.execute = execute;
    }

    CompletableFuture<List<Integer>> ask() {
        return ask(FIRST_ENTRIES, 1);
    }

    private CompletableFuture<List<Integer>> ask(int entries, int questions) {
        int length = HEADER + ENTRY * entries;
        byte[] cdb = new byte[12];
        cdb[0] = (byte) CommandBlocks.REPORT_LUNS;
        CommandBlocks.putInt(cdb, 6, length);
        return execute.apply(cdb, length).thenCompose(result -> {
            byte[] data = result.orThrow("REPORT LUNS").dataIn();
            if (data.length < HEADER) {
                throw new InitiatorException("REPORT LUNS: " + data.length + " bytes of data");
            }
            long listed = (ByteBuffer.wrap(data).getInt(0) & 0xffff_ffffL) / ENTRY;
            if (listed > MAX_ENTRIES) {
                throw new InitiatorException(
                        "REPORT LUNS: the target lists " + listed + " logical units, more than " + MAX_ENTRIES);
            }
            if (listed <= entries) {
                return CompletableFuture.completedFuture(read(data, (int) listed));
            }
            if (questions == MAX_QUESTIONS) {
                throw new InitiatorException(
                        "REPORT LUNS: the list grew " + MAX_QUESTIONS + " times while it was read");
            }
            return ask((int) listed, questions + 1);
        });
    }

    private static List<Integer> read(byte[] data, int entries) {
        int end = HEADER + ENTRY * entries;
        if (data.length < end) {
            throw new InitiatorException("REPORT LUNS: " + data.length + " of " + end + " bytes of data");
        }
        List<Integer> luns = new ArrayList<>();
        for (int at = HEADER; at < end; at += ENTRY) {
            int lun = LogicalUnitNumber.decode(ByteBuffer.wrap(data).getLong(at));
            if (lun >= 0) {
                luns.add(lun);
            }
        }
        Collections.sort(luns);
        return luns;
    }
}
