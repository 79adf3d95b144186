package io.ffmiser.scsi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** INQUIRY, SPC-4 section 6.6, and its vital product data pages, SPC-4 section 7.8 and SBC-3 section 6.6. */
final class InquiryCommand implements CommandHandler {
    private static final int ENABLE_VPD = 0x01;
    private static final int STANDARD_LENGTH = 96;
    /** Peripheral qualifier 011b, device type 1Fh: no device can be here. */
    private static final int NO_LOGICAL_UNIT = 0x7F;

    private static final int PROTOCOL_ISCSI = 0x5;
    private static final int CODE_SET_BINARY = 1;
    private static final int CODE_SET_ASCII = 2;
    private static final int CODE_SET_UTF8 = 3;
    private static final int ASSOCIATION_LOGICAL_UNIT = 0;
    private static final int ASSOCIATION_TARGET_PORT = 1;
    private static final int ASSOCIATION_TARGET_DEVICE = 2;
    private static final int DESIGNATOR_T10_VENDOR = 1;
    private static final int DESIGNATOR_NAA = 3;
    private static final int DESIGNATOR_RELATIVE_TARGET_PORT = 4;
    private static final int DESIGNATOR_SCSI_NAME = 8;

    /** Null at a LUN that does not exist. */
    private final @Nullable Disk disk;

    InquiryCommand(@Nullable Disk disk) {
        this.disk = disk;
    }

    @Override
    public void start(Task task) {
        byte[] cdb = task.cdb();
        int page = Cdb.octet(cdb, 2);
        int allocationLength = Cdb.get16(cdb, 3);
        if (!Cdb.bit(cdb, 1, ENABLE_VPD)) {
            if (page != 0) {
                task.invalidField(2);
            } else {
                task.reply(standard(), STANDARD_LENGTH, allocationLength);
            }
            return;
        }
        byte[] data = page(page, task.nexus());
        if (data == null) {
            task.invalidField(2);
        } else {
            task.reply(data, data.length, allocationLength);
        }
    }

    private byte[] standard() {
        byte[] data = new byte[STANDARD_LENGTH];
        Disk present = disk;
        if (present == null) {
            data[0] = NO_LOGICAL_UNIT;
        }
        // SPC-4.
        data[2] = 0x06;
        // HISUP, response data format 2.
        data[3] = 0x12;
        data[4] = STANDARD_LENGTH - 5;
        // CMDQUE.
        data[7] = 0x02;
        Arrays.fill(data, 8, 36, (byte) ' ');
        if (present != null) {
            ascii(present.settings.vendor(), data, 8);
            ascii(present.settings.product(), data, 16);
            ascii(present.settings.revision(), data, 32);
        }
        // Version descriptors: SAM-5, iSCSI, SPC-4, SBC-3, none of them a certain revision.
        Cdb.put16(data, 58, 0x00A0);
        Cdb.put16(data, 60, 0x0960);
        Cdb.put16(data, 62, 0x0460);
        Cdb.put16(data, 64, 0x04C0);
        return data;
    }

    private byte @Nullable [] page(int page, Nexus nexus) {
        Disk present = disk;
        if (present == null) {
            return page == 0x00 ? vpd(NO_LOGICAL_UNIT, 0x00, new byte[] {0x00}) : null;
        }
        return switch (page) {
            case 0x00 -> vpd(0, page, HexFormat.of().parseHex(present.thin ? "00808386b0b1b2" : "00808386b0b1"));
            case 0x80 -> vpd(0, page, present.settings.serial().getBytes(StandardCharsets.US_ASCII));
            case 0x83 -> vpd(0, page, designators(present, nexus));
            case 0x86 -> vpd(0, page, extended(present));
            case 0xB0 -> vpd(0, page, blockLimits(present));
            case 0xB1 -> vpd(0, page, characteristics());
            case 0xB2 -> present.thin ? vpd(0, page, provisioning()) : null;
            default -> null;
        };
    }

    private static byte[] vpd(int peripheral, int page, byte[] content) {
        byte[] data = new byte[4 + content.length];
        data[0] = (byte) peripheral;
        data[1] = (byte) page;
        Cdb.put16(data, 2, content.length);
        System.arraycopy(content, 0, data, 4, content.length);
        return data;
    }

    private static void ascii(String text, byte[] to, int at) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, to, at, bytes.length);
    }

    /** Device identification, SPC-4 section 7.8.6. */
    private static byte[] designators(Disk disk, Nexus nexus) {
        DiskSettings settings = disk.settings;
        byte[] naa = designator(
                CODE_SET_BINARY,
                ASSOCIATION_LOGICAL_UNIT,
                DESIGNATOR_NAA,
                HexFormat.of().parseHex(settings.naa()));
        String vendorAndProduct = "%-8s%-16s".formatted(settings.vendor(), settings.product());
        byte[] t10 = designator(
                CODE_SET_ASCII,
                ASSOCIATION_LOGICAL_UNIT,
                DESIGNATOR_T10_VENDOR,
                (vendorAndProduct + settings.serial()).getBytes(StandardCharsets.US_ASCII));
        byte[] portNumber = new byte[4];
        Cdb.put16(portNumber, 2, nexus.relativeTargetPortId());
        byte[] port = designator(CODE_SET_BINARY, ASSOCIATION_TARGET_PORT, DESIGNATOR_RELATIVE_TARGET_PORT, portNumber);
        String portName = nexus.targetPortName();
        byte[] name = designator(CODE_SET_UTF8, ASSOCIATION_TARGET_PORT, DESIGNATOR_SCSI_NAME, scsiName(portName));
        int comma = portName.indexOf(',');
        byte[] device = designator(
                CODE_SET_UTF8,
                ASSOCIATION_TARGET_DEVICE,
                DESIGNATOR_SCSI_NAME,
                scsiName(comma < 0 ? portName : portName.substring(0, comma)));
        return concatenate(naa, t10, port, name, device);
    }

    private static byte[] designator(int codeSet, int association, int type, byte[] value) {
        byte[] descriptor = new byte[4 + value.length];
        boolean port = association != ASSOCIATION_LOGICAL_UNIT;
        descriptor[0] = (byte) ((port ? PROTOCOL_ISCSI << 4 : 0) | codeSet);
        // PIV says that the protocol identifier is valid.
        descriptor[1] = (byte) ((port ? 0x80 : 0) | association << 4 | type);
        descriptor[3] = (byte) value.length;
        System.arraycopy(value, 0, descriptor, 4, value.length);
        return descriptor;
    }

    /** Ended by a zero and padded to a multiple of four with zeros (SPC-4 section 7.8.6.11). */
    private static byte[] scsiName(String name) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        // A descriptor's length is one octet; iSCSI names have 223 octets at most.
        int kept = Math.min(utf8.length, 251);
        return Arrays.copyOf(Arrays.copyOf(utf8, kept), (kept / 4 + 1) * 4);
    }

    private static byte[] concatenate(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] whole = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }

    /** Extended INQUIRY data, SPC-4 section 7.8.7. */
    private static byte[] extended(Disk disk) {
        byte[] content = new byte[60];
        // HEADSUP, ORDSUP, SIMPSUP.
        content[1] = 0x07;
        // V_SUP: there is a volatile cache.
        content[2] = (byte) (disk.store.hasVolatileCache() ? 0x01 : 0x00);
        return content;
    }

    /** Block limits, SBC-3 section 6.6.3. */
    private static byte[] blockLimits(Disk disk) {
        byte[] content = new byte[60];
        int pageBlocks = 4096 / disk.blockSize;
        int most = disk.maxTransferBlocks();
        // WSNZ: WRITE SAME needs a number of blocks.
        content[0] = 0x01;
        Cdb.put16(content, 2, pageBlocks);
        Cdb.put32(content, 4, most);
        Cdb.put32(content, 8, Math.min(most, (1 << 20) / disk.blockSize));
        if (disk.thin) {
            Cdb.put32(content, 16, disk.maxFillBlocks());
            Cdb.put32(content, 20, Disk.MAX_UNMAP_DESCRIPTORS);
            Cdb.put32(content, 24, pageBlocks);
            // UGAVALID, alignment 0.
            Cdb.put32(content, 28, 0x8000_0000L);
        }
        Cdb.put64(content, 32, disk.maxFillBlocks());
        return content;
    }

    /** Block device characteristics, SBC-3 section 6.6.2: does not rotate. */
    private static byte[] characteristics() {
        byte[] content = new byte[60];
        Cdb.put16(content, 0, 0x0001);
        return content;
    }

    /** Logical block provisioning, SBC-3 section 6.6.4: LBPU, LBPWS, LBPWS10, LBPRZ; thin provisioned. */
    private static byte[] provisioning() {
        return new byte[] {0, (byte) 0xE4, 0x02, 0};
    }
}
