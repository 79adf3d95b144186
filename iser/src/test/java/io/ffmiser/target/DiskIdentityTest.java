package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.store.FileStore;
import io.ffmiser.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Serial number and NAA designator: a host joins the disks that have the same, and writes to any of them. */
class DiskIdentityTest {
    private static final int NAA_DESIGNATOR = 12;

    @TempDir
    private Path directory = Path.of("unset");

    /** What a host goes by: the unit serial number page and the first designator. */
    private static List<byte[]> identify(HandMadeInitiator host, int lun) {
        byte[] serial = page(host, lun, 0x80);
        byte[] designators = page(host, lun, 0x83);
        return List.of(serial, Arrays.copyOfRange(designators, 4, 4 + NAA_DESIGNATOR));
    }

    private static byte[] page(HandMadeInitiator host, int lun, int page) {
        int tag = host.newTag();
        Exposure sink = host.expose(0, 255, Access.REMOTE_WRITE);
        byte[] cdb = {0x12, 1, (byte) page, 0, (byte) 255, 0};
        host.send(host.command(tag, lun, cdb, 255, 0, new byte[0], true), null, sink);
        assertEquals(0, host.next()[3]);
        byte[] head = host.get(0, 4);
        return host.get(0, 4 + (head[2] << 8 | (head[3] & 0xFF)));
    }

    private static List<byte[]> identify(TargetNode node, int lun) {
        try (TargetRig rig =
                new TargetRig().start(TargetRig.options().node(node).build())) {
            HandMadeInitiator host = rig.initiator(TargetRig.INITIATOR).connect();
            assertEquals(0, HandMadeInitiator.loginStatus(host.login(TargetRig.NODE)));
            host.clearUnitAttention(lun);
            return identify(host, lun);
        }
    }

    private TargetNode node(int lun, String file) {
        Path path = directory.resolve(file);
        return TargetNode.named(TargetRig.NODE)
                .logicalUnit(
                        lun,
                        owner -> path.toFile().exists()
                                ? FileStore.open(path, 512, false, owner)
                                : FileStore.create(path, 1 << 20, 512, owner))
                .build();
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> actual) {
        assertArrayEquals(expected.get(0), actual.get(0));
        assertArrayEquals(expected.get(1), actual.get(1));
    }

    private static void assertOther(List<byte[]> one, List<byte[]> other) {
        assertFalse(Arrays.equals(one.get(0), other.get(0)), "same serial number");
        assertFalse(Arrays.equals(one.get(1), other.get(1)), "same designator");
    }

    @Test
    void shouldDiffer_whenTargetsOfOneNameServeDifferentFiles() {
        assertOther(identify(node(0, "a"), 0), identify(node(0, "b"), 0));
    }

    @Test
    void shouldGoWithTheFile_whenTheTargetStartsAgainWithAnotherNumber() {
        assertSame(identify(node(0, "a"), 0), identify(node(3, "a"), 3));
    }

    @Test
    void shouldDiffer_whenMemoryIsNew() {
        TargetNode node = TargetRig.node().build();
        assertOther(identify(node, 0), identify(node, 0));
    }

    @Test
    void shouldBeAsConfigured_whenASerialNumberIsGiven() {
        TargetNode node = TargetNode.named(TargetRig.NODE)
                .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512), "SER1")
                .build();
        List<byte[]> identity = identify(node, 0);
        assertEquals("SER1", new String(identity.get(0), 4, 4, StandardCharsets.US_ASCII));
        assertSame(identity, identify(node, 0));
    }
}
