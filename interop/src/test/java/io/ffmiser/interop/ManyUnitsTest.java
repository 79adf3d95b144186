package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.FileStore;
import io.ffmiser.target.TargetOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Our initiator with 64 logical units in one session, over IPv6: none gets what is another's. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
@Tag("long")
@ExtendWith(KernelLog.class)
class ManyUnitsTest {
    private static final int UNITS = 64;
    private static final int UNIT_BYTES = 1 << 16;
    private static final int BLOCK = 512;

    @Test
    void shouldKeepUnitsApart_whenLioHasThem() throws Exception {
        try (LioTarget peer = LioTarget.on(Lab.TARGET_ADDRESS_IPV6)) {
            List<Path> disks = new ArrayList<>();
            for (int lun = 0; lun < UNITS; lun++) {
                disks.add(peer.addFile(UNIT_BYTES));
            }
            peer.start();
            assertKeepsUnitsApart(peer.portal(), peer.targetName(), disks);
        }
    }

    @Test
    void shouldKeepUnitsApart_whenOurTargetHasThem(@TempDir Path work) throws Exception {
        List<Path> disks = new ArrayList<>();
        var node = OurTarget.node();
        for (int lun = 0; lun < UNITS; lun++) {
            Path disk = work.resolve("disk" + lun);
            disks.add(disk);
            node.logicalUnit(lun, owner -> FileStore.create(disk, UNIT_BYTES, BLOCK, owner));
        }
        try (OurTarget peer = OurTarget.start(TargetOptions.builder().node(node.build()), Lab.TARGET_ADDRESS_IPV6)) {
            assertKeepsUnitsApart(
                    new InetSocketAddress(Lab.TARGET_ADDRESS_IPV6, OurTarget.PORT), OurTarget.NAME, disks);
            assertEquals(0, peer.counters().protocolErrors());
        }
    }

    /** Writes to all units at once, each with contents of its own, and reads all back at once. */
    private static void assertKeepsUnitsApart(InetSocketAddress portal, String name, List<Path> disks)
            throws Exception {
        List<DiskImage> images = IntStream.range(0, UNITS)
                .mapToObj(lun -> new DiskImage(UNIT_BYTES, lun))
                .toList();
        try (Initiator initiator = TargetSuite.initiator(RdmaProvider.named(Lab.provider()));
                Session session = initiator.login(SessionOptions.of(portal, name));
                RegisteredBuffer buffer = session.allocate((long) UNITS * UNIT_BYTES)) {
            assertEquals(IntStream.range(0, UNITS).boxed().toList(), session.luns());
            for (int lun = 0; lun < UNITS; lun++) {
                assertEquals(UNIT_BYTES / BLOCK, session.capacity(lun).blocks(), "LUN " + lun);
                images.get(lun).change(0, UNIT_BYTES, buffer, (long) lun * UNIT_BYTES);
            }
            TargetSuite.run(
                    initiator,
                    session,
                    UNITS,
                    UNITS,
                    (request, lun) -> request.write(lun, 0, UNIT_BYTES / BLOCK, buffer, (long) lun * UNIT_BYTES));
            for (int lun = 0; lun < UNITS; lun++) {
                session.flush(lun);
            }
            buffer.segment().fill((byte) 0);
            TargetSuite.run(
                    initiator,
                    session,
                    UNITS,
                    UNITS,
                    (request, lun) -> request.read(lun, 0, UNIT_BYTES / BLOCK, buffer, (long) lun * UNIT_BYTES));
            for (int lun = 0; lun < UNITS; lun++) {
                images.get(lun).check(0, UNIT_BYTES, buffer, (long) lun * UNIT_BYTES, "LUN " + lun);
            }
            assertEquals(0, session.counters().reconnects());
        }
        for (int lun = 0; lun < UNITS; lun++) {
            assertEquals(images.get(lun).sha256(), DiskImage.sha256(disks.get(lun)), "SHA-256 of LUN " + lun);
        }
    }
}
