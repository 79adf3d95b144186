package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The example of the README: a target with a disk in memory, and an initiator that writes and reads one block of it. */
public final class HelloDisk {
    private HelloDisk() {}

    /** Prints what it read back. */
    public static void main(String[] args) {
        String disk = "iqn.2026-11.org.example:disk";
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named(disk)
                        .logicalUnit(0, owner -> new MemoryStore(64 << 20, 4096))
                        .build())
                .build();
        try (Target target = Target.start(options, RdmaProvider.named("iwarp"), PollerOptions.DEFAULT);
                Initiator initiator =
                        Initiator.callerDriven(InitiatorOptions.of("iqn.2026-11.org.example:host", "iwarp"));
                Session session =
                        initiator.login(SessionOptions.of(target.portals().getFirst(), disk));
                RegisteredBuffer buffer = session.allocate(8192)) {
            session.capacity(0); // how many blocks of which size
            buffer.segment().setString(0, "hello, disk");
            session.write(0, 7, 1, buffer, 0); // LUN 0, block 7, one block, from the start of the buffer
            session.flush(0);
            session.read(0, 7, 1, buffer, 4096); // by RDMA, into the second half of the buffer
            System.out.println(buffer.segment().getString(4096));
        }
    }
}
