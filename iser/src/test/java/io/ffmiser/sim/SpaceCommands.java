package io.ffmiser.sim;

import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/** UNMAP (SBC-3 section 5.28) and WRITE SAME (16) (section 5.44) of a slot's blocks. */
final class SpaceCommands {
    private static final int PARAMETERS = 24;
    private static final byte UNMAP_BIT = 0x08;
    private static final byte NO_DATA_OUT_BUFFER = 0x01;

    private SpaceCommands() {}

    /** An UNMAP with one descriptor. */
    static void unmap(ScsiRequest request, int lun, Slot slot, RegisteredBuffer buffer) {
        byte[] parameters = ByteBuffer.allocate(PARAMETERS)
                .putShort((short) (PARAMETERS - 2))
                .putShort((short) (PARAMETERS - 8))
                .putLong(8, slot.first)
                .putInt(16, slot.count)
                .array();
        MemorySegment.copy(parameters, 0, slot.memory, ValueLayout.JAVA_BYTE, 0, PARAMETERS);
        byte[] cdb = new byte[10];
        cdb[0] = 0x42;
        cdb[8] = PARAMETERS;
        request.commandOut(lun, cdb, buffer, slot.offset, PARAMETERS);
    }

    /** Without data: zeros are meant. */
    static void writeZeros(ScsiRequest request, int lun, Slot slot, boolean unmap) {
        byte[] cdb = writeSame(slot);
        cdb[1] = (byte) (NO_DATA_OUT_BUFFER | (unmap ? UNMAP_BIT : 0));
        request.command(lun, cdb);
    }

    /** With the first block of the slot's memory. */
    static void writeSame(ScsiRequest request, int lun, Slot slot, RegisteredBuffer buffer) {
        request.commandOut(lun, writeSame(slot), buffer, slot.offset, DiskModel.BLOCK_BYTES);
    }

    private static byte[] writeSame(Slot slot) {
        return ByteBuffer.allocate(16)
                .put((byte) 0x93)
                .putLong(2, slot.first)
                .putInt(10, slot.count)
                .array();
    }
}
