package io.ffmiser.datamover.iser;

import static io.ffmiser.datamover.iser.Pdus.F;
import static io.ffmiser.datamover.iser.Pdus.R;
import static io.ffmiser.datamover.iser.Pdus.W;

import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.InitiatorDatamover;
import io.ffmiser.datamover.InitiatorDatamoverListener;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TargetDatamover;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.memory.RegisteredMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The least that stands above a datamover: commands that read or write a piece of the target's memory. The tag names the slot of the
 * initiator's memory, the CDB the place at the target. Nothing is allocated for an I/O, so that what is, is the datamover's.
 */
final class IserDialogue {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    /** Pieces of a transfer; a task has at most four. */
    static final int PIECE = 16 << 10;

    private static final int FIRST_R2T_SN = 1000;

    private IserDialogue() {}

    /** Sends commands and counts responses. */
    static final class InitiatorSide implements InitiatorDatamoverListener {
        private final InitiatorDatamover datamover;
        private final RegisteredMemory memory;
        private final int slotBytes;
        private final DataDescriptor out = new DataDescriptor();
        private final DataDescriptor in = new DataDescriptor();
        private final boolean[] busy;
        int responses;
        int lastTag = -1;
        String ending = "";

        InitiatorSide(InitiatorDatamover datamover, RegisteredMemory memory, int slots, int slotBytes) {
            this.datamover = datamover;
            this.memory = memory;
            this.slotBytes = slotBytes;
            busy = new boolean[slots];
        }

        boolean isBusy(int slot) {
            return busy[slot];
        }

        void read(int slot, int place, int length) {
            in.set(memory, (long) slot * slotBytes, length);
            out.clear();
            command(slot, F | R, place, length, 0);
        }

        /** Writes, the first octets of it as immediate data. */
        void write(int slot, int place, int length, int immediate) {
            out.set(memory, (long) slot * slotBytes, length);
            in.clear();
            command(slot, F | W, place, length, immediate);
        }

        private void command(int slot, int flags, int place, int length, int immediate) {
            OutboundPdu pdu = datamover.claimControl();
            if (pdu == null) {
                throw new AssertionError("no place for a command");
            }
            busy[slot] = true;
            MemorySegment segment = pdu.segment();
            long header = pdu.headerOffset();
            segment.set(INT, header, Pdus.SCSI_COMMAND << 24 | flags << 16);
            segment.set(INT, header + 4, immediate);
            segment.set(INT, header + 16, slot);
            segment.set(INT, header + 20, length);
            segment.set(INT, header + 32, place);
            for (int at = 0; at < immediate; at++) {
                byte octet = memory.segment().get(ValueLayout.JAVA_BYTE, (long) slot * slotBytes + at);
                segment.set(ValueLayout.JAVA_BYTE, header + 48 + at, octet);
            }
            datamover.sendControl(pdu, immediate, 0, out, in);
        }

        @Override
        public void controlNotify(InboundPdu pdu) {
            lastTag = pdu.segment().get(INT, pdu.headerOffset() + 16);
            if (!busy[lastTag]) {
                throw new AssertionError("a response to nothing");
            }
            busy[lastTag] = false;
            responses++;
        }

        @Override
        public void controlAvailable() {}

        @Override
        public void taskResourcesDeallocated(int initiatorTaskTag) {}

        @Override
        public void connectionTerminated() {
            end("terminated");
        }

        @Override
        public void connectionTerminateNotify(String reason) {
            end(reason);
        }

        private void end(String how) {
            if (!ending.isEmpty()) {
                throw new AssertionError("ended twice: " + ending + ", " + how);
            }
            ending = how;
        }
    }

    /** Carries them out. */
    static final class TargetSide implements TargetDatamoverListener {
        private final TargetDatamover datamover;
        private final RegisteredMemory memory;
        private final DataDescriptor data = new DataDescriptor();
        private final int[] outstanding;
        private final boolean[] writing;
        /** Tags whose response found no place. */
        private final int[] waiting;

        private int waitingCount;
        int commands;
        String ending = "";

        TargetSide(TargetDatamover datamover, RegisteredMemory memory, int slots) {
            this.datamover = datamover;
            this.memory = memory;
            outstanding = new int[slots];
            writing = new boolean[slots];
            waiting = new int[slots];
        }

        @Override
        public void controlNotify(InboundPdu pdu) {
            commands++;
            MemorySegment segment = pdu.segment();
            long header = pdu.headerOffset();
            int tag = segment.get(INT, header + 16);
            int length = segment.get(INT, header + 20);
            int place = segment.get(INT, header + 32);
            writing[tag] = Bhs.isWrite(segment, header);
            int from = 0;
            if (writing[tag]) {
                from = pdu.dataLength();
                MemorySegment.copy(segment, pdu.dataOffset(), memory.segment(), place, from);
            }
            int sn = 0;
            for (int at = from; at < length; at += PIECE) {
                int piece = Math.min(PIECE, length - at);
                data.set(memory, place + (long) at, piece);
                if (writing[tag]) {
                    outstanding[tag]++;
                    datamover.getData(tag, FIRST_R2T_SN + sn++, at, data, true);
                } else {
                    datamover.putData(tag, sn++, at, data, (sn & 1) == 0);
                }
            }
            if (outstanding[tag] == 0) {
                respond(tag);
            }
        }

        private void respond(int tag) {
            OutboundPdu pdu = datamover.claimControl();
            if (pdu == null) {
                waiting[waitingCount++] = tag;
                return;
            }
            pdu.segment().set(INT, pdu.headerOffset(), Pdus.SCSI_RESPONSE << 24 | F << 16);
            pdu.segment().set(INT, pdu.headerOffset() + 16, tag);
            datamover.sendControl(pdu);
        }

        @Override
        public void dataCompletionNotify(int initiatorTaskTag, int sn) {
            // a Put_Data may complete when its tag is in use again: the number tells it from a Get_Data
            if (sn >= FIRST_R2T_SN && --outstanding[initiatorTaskTag] == 0) {
                respond(initiatorTaskTag);
            }
        }

        @Override
        public SequenceNumbers sequenceNumbers() {
            throw new AssertionError("RDMA carries none of them");
        }

        @Override
        public void controlAvailable() {
            int count = waitingCount;
            waitingCount = 0;
            for (int at = 0; at < count; at++) {
                respond(waiting[at]);
            }
        }

        @Override
        public void connectionTerminated() {
            end("terminated");
        }

        @Override
        public void connectionTerminateNotify(String reason) {
            end(reason);
        }

        private void end(String how) {
            if (!ending.isEmpty()) {
                throw new AssertionError("ended twice: " + ending + ", " + how);
            }
            ending = how;
        }
    }
}
