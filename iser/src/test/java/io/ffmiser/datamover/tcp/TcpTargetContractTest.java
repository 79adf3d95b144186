package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.TargetDatamover;
import io.ffmiser.datamover.TargetDatamoverContract;
import io.ffmiser.iscsi.pdu.DataInPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.R2tPdu;
import io.ffmiser.memory.RegisteredMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

class TcpTargetContractTest extends TargetDatamoverContract {
    private static final int SEGMENT = 1000;

    @Override
    protected Rig rig() {
        return new StreamRig();
    }

    /** The initiator's side of Data-In and R2T. */
    private static final class StreamRig implements Rig {
        private final TcpRig rig = TcpRig.enabled(true, true, 2);
        private byte[] buffer = {};
        private int responses;
        private boolean isOver;

        @Override
        public TargetDatamover datamover() {
            return rig.connection;
        }

        @Override
        public RegisteredMemory memory() {
            return rig.memory;
        }

        @Override
        public void sendRead(int tag, int length) {
            buffer = new byte[length];
            rig.feed(rig.command(tag, false, length));
        }

        @Override
        public void sendWrite(int tag, byte[] data, int immediate) {
            buffer = data.clone();
            rig.feed(rig.command(tag, true, data.length, Arrays.copyOf(data, immediate)));
        }

        @Override
        public void run() {
            List<byte[]> pdus = isOver ? List.of() : rig.takePdus();
            while (!pdus.isEmpty()) {
                pdus.forEach(this::answer);
                pdus = rig.takePdus();
            }
            if (rig.stream.isClosed() && !isOver) {
                vanish();
            }
        }

        private void answer(byte[] octets) {
            Pdu pdu = new Pdu();
            pdu.wrap(MemorySegment.ofArray(octets), 0);
            if (pdu.opcode() == Opcode.DATA_IN) {
                DataInPdu dataIn = new DataInPdu();
                dataIn.wrap(pdu.segment(), 0);
                System.arraycopy(
                        octets, Pdu.HEADER_LENGTH, buffer, (int) dataIn.bufferOffset(), dataIn.dataSegmentLength());
            } else if (pdu.opcode() == Opcode.R2T) {
                R2tPdu r2t = new R2tPdu();
                r2t.wrap(pdu.segment(), 0);
                send(r2t);
            } else {
                responses++;
            }
        }

        private void send(R2tPdu r2t) {
            int from = (int) r2t.bufferOffset();
            int end = from + (int) r2t.desiredDataTransferLength();
            for (int sn = 0; from < end; sn++) {
                int to = Math.min(end, from + SEGMENT);
                rig.feed(rig.dataOut(
                        r2t.initiatorTaskTag(),
                        r2t.targetTransferTag(),
                        sn,
                        from,
                        to == end,
                        Arrays.copyOfRange(buffer, from, to)));
                from = to;
            }
        }

        @Override
        public byte[] readBuffer(int length) {
            return Arrays.copyOf(buffer, length);
        }

        @Override
        public int responses() {
            return responses;
        }

        @Override
        public List<String> events() {
            return rig.events;
        }

        @Override
        public long endings() {
            return rig.events.stream()
                    .filter(event -> event.startsWith("lost") || event.equals("terminated"))
                    .count();
        }

        @Override
        public void vanish() {
            isOver = true;
            rig.connection.streamClosed("the stream is closed");
        }

        @Override
        public void close() {
            rig.connection.close();
        }
    }
}
