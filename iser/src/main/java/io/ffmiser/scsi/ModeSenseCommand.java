package io.ffmiser.scsi;

/** MODE SENSE (6) and (10), SPC-4 sections 6.11 and 6.12. */
final class ModeSenseCommand implements CommandHandler {
    private static final int MODE_SENSE_6 = 0x1A;
    private static final int DISABLE_BLOCK_DESCRIPTORS = 0x08;
    private static final int LONG_LBA_ACCEPTED = 0x10;
    private static final int ALL_SUBPAGES = 0xFF;
    /** Device-specific parameter (SBC-3 section 6.5.1). */
    private static final int WRITE_PROTECT = 0x80;

    private static final int DPOFUA = 0x10;

    private final Disk disk;
    private final ModePages pages;

    ModeSenseCommand(Disk disk, ModePages pages) {
        this.disk = disk;
        this.pages = pages;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        boolean six = Cdb.octet(cdb, 0) == MODE_SENSE_6;
        int pageControl = Cdb.octet(cdb, 2) >> 6;
        int subpage = Cdb.octet(cdb, 3);
        if (pageControl == ModePages.SAVED) {
            task.fail(Sense.SAVING_PARAMETERS_NOT_SUPPORTED, Sense.NONE, Sense.cdbField(2, 7));
            return;
        }
        if (subpage != 0 && subpage != ALL_SUBPAGES) {
            task.invalidField(3);
            return;
        }
        byte[] content = pages.pages(cdb[2] & 0x3F, pageControl);
        if (content == null) {
            task.invalidField(2, 5);
            return;
        }
        boolean longLba = !six && Cdb.bit(cdb, 1, LONG_LBA_ACCEPTED);
        byte[] descriptor = Cdb.bit(cdb, 1, DISABLE_BLOCK_DESCRIPTORS) ? new byte[0] : blockDescriptor(longLba);
        byte[] header = six ? new byte[4] : new byte[8];
        int length = header.length + descriptor.length + content.length;
        int deviceSpecific = DPOFUA | (disk.store.isReadOnly() ? WRITE_PROTECT : 0);
        if (six) {
            header[0] = (byte) (length - 1);
            header[2] = (byte) deviceSpecific;
            header[3] = (byte) descriptor.length;
        } else {
            Cdb.put16(header, 0, length - 2);
            header[3] = (byte) deviceSpecific;
            header[4] = (byte) (longLba && descriptor.length > 0 ? 0x01 : 0x00);
            Cdb.put16(header, 6, descriptor.length);
        }
        byte[] data = new byte[length];
        System.arraycopy(header, 0, data, 0, header.length);
        System.arraycopy(descriptor, 0, data, header.length, descriptor.length);
        System.arraycopy(content, 0, data, header.length + descriptor.length, content.length);
        task.reply(data, length, six ? Cdb.octet(cdb, 4) : Cdb.get16(cdb, 7));
    }

    private byte[] blockDescriptor(boolean longLba) {
        if (longLba) {
            byte[] descriptor = new byte[16];
            Cdb.put64(descriptor, 0, disk.blocks);
            Cdb.put32(descriptor, 12, disk.blockSize);
            return descriptor;
        }
        byte[] descriptor = new byte[8];
        Cdb.put32(descriptor, 0, Math.min(disk.blocks, 0xFFFF_FFFFL));
        Cdb.put24(descriptor, 5, disk.blockSize);
        return descriptor;
    }
}
