package io.ffmiser.scsi;

import org.jspecify.annotations.Nullable;

/** REPORT SUPPORTED OPERATION CODES, SPC-4 section 6.35, from the table that dispatches. */
final class ReportSupportedOpcodesCommand implements CommandHandler {
    private static final int ALL = 0;
    private static final int ONE = 1;
    private static final int ONE_WITH_SERVICE_ACTION = 2;
    private static final int ONE_OF_EITHER_KIND = 3;
    private static final int TIMEOUTS_LENGTH = 12;
    private static final int NOT_SUPPORTED = 1;
    private static final int SUPPORTED = 3;

    private final CommandTable table;

    ReportSupportedOpcodesCommand(CommandTable table) {
        this.table = table;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        boolean timeouts = Cdb.bit(cdb, 2, 0x80);
        int option = cdb[2] & 0x07;
        int opcode = Cdb.octet(cdb, 3);
        int serviceAction = Cdb.get16(cdb, 4);
        long allocationLength = Cdb.get32(cdb, 6);
        boolean usesServiceAction = table.usesServiceAction(opcode);
        byte[] data;
        switch (option) {
            case ALL -> data = all(timeouts);
            case ONE -> {
                if (usesServiceAction) {
                    task.invalidField(2, 2);
                    return;
                }
                data = one(table.find(opcode, 0), timeouts);
            }
            case ONE_WITH_SERVICE_ACTION -> {
                if (!usesServiceAction) {
                    task.invalidField(2, 2);
                    return;
                }
                data = one(find(opcode, serviceAction), timeouts);
            }
            case ONE_OF_EITHER_KIND -> {
                boolean wrongKind = !usesServiceAction && serviceAction != 0;
                data = one(wrongKind ? null : find(opcode, serviceAction), timeouts);
            }
            default -> {
                task.invalidField(2, 2);
                return;
            }
        }
        task.reply(data, data.length, allocationLength);
    }

    private CommandTable.@Nullable Entry find(int opcode, int serviceAction) {
        return serviceAction > 0x1F ? null : table.find(opcode, serviceAction);
    }

    private byte[] all(boolean timeouts) {
        int each = timeouts ? 8 + TIMEOUTS_LENGTH : 8;
        byte[] data = new byte[4 + each * table.entries().size()];
        Cdb.put32(data, 0, data.length - 4);
        int at = 4;
        for (CommandTable.Entry entry : table.entries()) {
            data[at] = (byte) entry.opcode();
            // CTDP, SERVACTV.
            data[at + 5] = (byte) (timeouts ? 0x02 : 0x00);
            if (entry.hasServiceAction()) {
                Cdb.put16(data, at + 2, entry.serviceAction());
                data[at + 5] |= 0x01;
            }
            Cdb.put16(data, at + 6, entry.cdbLength());
            if (timeouts) {
                Cdb.put16(data, at + 8, TIMEOUTS_LENGTH - 2);
            }
            at += each;
        }
        return data;
    }

    private static byte[] one(CommandTable.@Nullable Entry entry, boolean timeouts) {
        if (entry == null) {
            return new byte[] {0, NOT_SUPPORTED, 0, 0};
        }
        int length = 4 + entry.cdbLength();
        byte[] data = new byte[timeouts ? length + TIMEOUTS_LENGTH : length];
        data[1] = (byte) (SUPPORTED | (timeouts ? 0x80 : 0x00));
        Cdb.put16(data, 2, entry.cdbLength());
        System.arraycopy(entry.usage(), 0, data, 4, entry.cdbLength());
        if (timeouts) {
            Cdb.put16(data, length, TIMEOUTS_LENGTH - 2);
        }
        return data;
    }
}
