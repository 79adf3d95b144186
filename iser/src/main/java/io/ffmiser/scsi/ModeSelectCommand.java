package io.ffmiser.scsi;

/**
 * MODE SELECT (6) and (10), SPC-4 sections 6.9 and 6.10: all pages of the list are checked before one is taken over, and the other
 * nexuses hear of it. Turning the write cache off flushes it.
 */
final class ModeSelectCommand implements CommandHandler {
    private static final int MODE_SELECT_6 = 0x15;
    private static final int PAGE_FORMAT = 0x10;
    private static final int SAVE_PAGES = 0x01;
    /** More than all pages with their block descriptor: longer lists are refused. */
    private static final int MAX_LIST_LENGTH = 512;

    private final DeviceServer server;
    private final Disk disk;
    private final ModePages pages;

    ModeSelectCommand(DeviceServer server, Disk disk, ModePages pages) {
        this.server = server;
        this.disk = disk;
        this.pages = pages;
    }

    private static boolean isSix(Task task) {
        return Cdb.octet(task.cdb(), 0) == MODE_SELECT_6;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        if (!Cdb.bit(cdb, 1, PAGE_FORMAT)) {
            task.invalidField(1, 4);
            return;
        }
        if (Cdb.bit(cdb, 1, SAVE_PAGES)) {
            task.invalidField(1, 0);
            return;
        }
        int listLength = isSix(task) ? Cdb.octet(cdb, 4) : Cdb.get16(cdb, 7);
        if (listLength == 0) {
            task.good();
        } else if (listLength > MAX_LIST_LENGTH) {
            task.invalidField(7);
        } else {
            task.receiveParameters(this, listLength);
        }
    }

    @Override
    public void parameters(Task task, byte[] list) {
        int headerLength = isSix(task) ? 4 : 8;
        if (list.length < headerLength) {
            task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
            return;
        }
        int descriptorLength = isSix(task) ? Cdb.octet(list, 3) : Cdb.get16(list, 6);
        boolean longLba = !isSix(task) && Cdb.bit(list, 4, 0x01);
        int begin = headerLength + descriptorLength;
        if (list.length < begin) {
            task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
            return;
        }
        int wrong = descriptorLength == 0 ? -1 : wrongInDescriptor(list, headerLength, descriptorLength, longLba);
        if (wrong >= 0) {
            invalid(task, wrong);
            return;
        }
        for (int at = begin; at < list.length; at += 2 + Cdb.octet(list, at + 1)) {
            if (list.length - at < 2) {
                task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
                return;
            }
            int wrongInPage = pages.firstWrongOctet(list, at);
            if (wrongInPage >= 0) {
                invalid(task, at + wrongInPage);
                return;
            }
            if (list.length - at < 2 + Cdb.octet(list, at + 1)) {
                task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
                return;
            }
        }
        boolean cached = disk.writeCache;
        boolean described = disk.descriptorSense;
        for (int at = begin; at < list.length; at += 2 + Cdb.octet(list, at + 1)) {
            pages.apply(list, at);
        }
        if (cached != disk.writeCache || described != disk.descriptorSense) {
            server.raiseUnitAttention(UnitAttention.MODE_PARAMETERS_CHANGED, task.nexus());
        }
        if (cached && !disk.writeCache) {
            task.first.flush(disk.store);
        } else {
            task.good();
        }
    }

    @Override
    public void advance(Task task) {
        if (task.hasFlushed()) {
            task.good();
        }
    }

    /** A block descriptor may only say what is so; where, or -1. */
    private int wrongInDescriptor(byte[] list, int at, int length, boolean longLba) {
        if (length != (longLba ? 16 : 8)) {
            return at - 1;
        }
        long count = longLba ? Cdb.get64(list, at) : Cdb.get32(list, at);
        long most = longLba ? -1L : 0xFFFF_FFFFL;
        if (count != 0 && count != most && count != disk.blocks) {
            return at;
        }
        long size = longLba ? Cdb.get32(list, at + 12) : Cdb.get24(list, at + 5);
        return size == disk.blockSize ? -1 : at + (longLba ? 12 : 5);
    }

    private static void invalid(Task task, int octet) {
        task.fail(Sense.INVALID_FIELD_IN_PARAMETER_LIST, Sense.NONE, Sense.parameterField(octet));
    }
}
