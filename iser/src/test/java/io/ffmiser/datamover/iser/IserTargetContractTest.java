package io.ffmiser.datamover.iser;

import static io.ffmiser.datamover.iser.Pdus.F;
import static io.ffmiser.datamover.iser.Pdus.R;
import static io.ffmiser.datamover.iser.Pdus.W;

import io.ffmiser.datamover.TargetDatamover;
import io.ffmiser.datamover.TargetDatamoverContract;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import java.util.Arrays;
import java.util.List;

class IserTargetContractTest extends TargetDatamoverContract {
    @Override
    protected Rig rig() {
        return new IserRig();
    }

    private static final class IserRig implements Rig {
        private final IserFixture fixture = new IserFixture().loginRawInitiator();
        private final RawPeer peer = fixture.rawInitiator;
        private int taken;

        @Override
        public TargetDatamover datamover() {
            return fixture.target();
        }

        @Override
        public RegisteredMemory memory() {
            return fixture.targetMemory;
        }

        @Override
        public void sendRead(int tag, int length) {
            peer.put(RawPeer.DATA, new byte[length]);
            Exposure buffer = peer.expose(RawPeer.DATA, length, Access.REMOTE_WRITE);
            byte[] command = Pdus.message(Pdus.command(tag, F | R, length));
            peer.send(Pdus.withRead(command, buffer.stag(), buffer.baseOffset()));
        }

        @Override
        public void sendWrite(int tag, byte[] data, int immediate) {
            peer.put(RawPeer.DATA, data);
            Exposure solicited =
                    peer.expose(RawPeer.DATA + immediate, (long) data.length - immediate, Access.REMOTE_READ);
            byte[] command = Pdus.message(Pdus.command(tag, F | W, data.length, 0, Arrays.copyOf(data, immediate)));
            peer.send(Pdus.withWrite(command, solicited.stag(), solicited.baseOffset()));
        }

        @Override
        public void run() {
            fixture.runDry();
            if (peer.cause == null) {
                peer.postReceives(peer.arrived.size() - taken);
                taken = peer.arrived.size();
            }
        }

        @Override
        public byte[] readBuffer(int length) {
            return peer.get(RawPeer.DATA, length);
        }

        @Override
        public int responses() {
            return peer.arrived.size();
        }

        @Override
        public List<String> events() {
            return fixture.targetCalls.events;
        }

        @Override
        public long endings() {
            return fixture.targetCalls.endings();
        }

        @Override
        public void vanish() {
            peer.connection().close();
        }

        @Override
        public void close() {
            fixture.close();
        }
    }
}
