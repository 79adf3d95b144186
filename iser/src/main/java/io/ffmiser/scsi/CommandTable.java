package io.ffmiser.scsi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The commands of a device server as data, which dispatch and REPORT SUPPORTED OPERATION CODES share. */
final class CommandTable {
    /**
     * A command.
     *
     * @param serviceAction or -1 where the operation code has none
     * @param usage CDB usage data (SPC-4 section 6.35.3): a bit is set where the device server looks at it
     * @param reportsUnitAttention whether a pending unit attention ends it (SAM-5 section 5.14)
     * @param needsStarted whether the stopped power condition ends it (SPC-4 section 5.12): TEST UNIT READY, and what uses the medium
     */
    record Entry(
            int opcode,
            int serviceAction,
            byte[] usage,
            boolean reportsUnitAttention,
            boolean needsStarted,
            CommandHandler handler) {
        boolean hasServiceAction() {
            return serviceAction >= 0;
        }

        int cdbLength() {
            return usage.length;
        }

        /** The first octet of a CDB that has a bit set which means nothing here, or -1. */
        int firstUnusedOctetSet(byte[] cdb) {
            for (int i = 1; i < usage.length; i++) {
                if ((cdb[i] & 0xFF & ~mask(i)) != 0) {
                    return i;
                }
            }
            return -1;
        }

        /** Which bits of a CDB's octet mean something. */
        int mask(int octet) {
            int mask = usage[octet] & 0xFF;
            return octet == 1 && hasServiceAction() ? mask | 0x1F : mask;
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final Entry[][] byOpcode = new Entry[256][];

    /**
     * Adds a command that reports unit attentions and that a stopped unit does not carry out; the first octets of the usage data are
     * operation code and service action.
     */
    CommandTable add(String usage, CommandHandler handler) {
        return add(usage, true, true, handler);
    }

    /** Adds a command that reports unit attentions, and that a stopped unit carries out. */
    CommandTable addWhileStopped(String usage, CommandHandler handler) {
        return add(usage, true, false, handler);
    }

    /** Adds a command that neither a pending unit attention nor a stopped unit ends. */
    CommandTable addExempt(String usage, CommandHandler handler) {
        return add(usage, false, false, handler);
    }

    private CommandTable add(String usage, boolean reportsUnitAttention, boolean needsStarted, CommandHandler handler) {
        byte[] bytes = HexFormat.of().parseHex(usage.replace(" ", ""));
        int opcode = bytes[0] & 0xFF;
        int serviceAction = hasServiceActions(opcode) ? bytes[1] & 0x1F : -1;
        Entry entry = new Entry(opcode, serviceAction, bytes, reportsUnitAttention, needsStarted, handler);
        entries.add(entry);
        Entry[] old = byOpcode[opcode];
        Entry[] same = old == null ? new Entry[1] : Arrays.copyOf(old, old.length + 1);
        same[same.length - 1] = entry;
        byOpcode[opcode] = same;
        return this;
    }

    private static boolean hasServiceActions(int opcode) {
        return opcode == 0x9E || opcode == 0xA3;
    }

    /** All, in the order added. */
    List<Entry> entries() {
        return entries;
    }

    /** Whether there is any command of that operation code. */
    boolean hasOpcode(int opcode) {
        return byOpcode[opcode] != null;
    }

    /** Whether that operation code has service actions. */
    boolean usesServiceAction(int opcode) {
        Entry[] same = byOpcode[opcode];
        return same != null && same[0].hasServiceAction();
    }

    /** The command, or null; the service action is looked at only where the operation code has some. */
    @Nullable
    Entry find(int opcode, int serviceAction) {
        Entry[] same = byOpcode[opcode];
        if (same == null) {
            return null;
        }
        for (Entry entry : same) {
            if (!entry.hasServiceAction() || entry.serviceAction() == serviceAction) {
                return entry;
            }
        }
        return null;
    }
}
