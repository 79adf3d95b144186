package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Peers that send what they like: they are cut off, others go on, and nothing is left behind (the rig checks that when it closes). */
class TargetHostileTest {
    private static void checkStillServing(TargetRig rig, HandMadeInitiator host) {
        host.put(0, new byte[] {1, 2, 3, 4});
        assertEquals(0, host.write(0, 0, 8, 0)[3]);
        assertEquals(0, host.read(0, 0, 8, 8192)[3]);
        assertArrayEquals(new byte[] {1, 2, 3, 4}, host.get(8192, 4));
        assertTrue(rig.fabric.handlerFailures().isEmpty());
    }

    @Test
    void shouldSurvive_whenRubbishComesInsteadOfALogin() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            Random random = new Random(5);
            for (int i = 0; i < 60; i++) {
                HandMadeInitiator bad =
                        rig.initiator("iqn.2026-11.io.ffmiser:bad").connect();
                byte[] rubbish = new byte[random.nextInt(300)];
                random.nextBytes(rubbish);
                if (i % 3 == 0 && rubbish.length > 77) {
                    rubbish[0] = 0x10;
                    rubbish[28] = 0x43;
                }
                bad.sendRaw(rubbish);
                rig.settle();
                bad.close();
            }
            rig.pass(Duration.ofSeconds(16));
            assertEquals(1, rig.target().counters().connections());
            checkStillServing(rig, good);
        }
    }

    @Test
    void shouldSurvive_whenAPduAnnouncesMoreThanCame() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            HandMadeInitiator half = rig.loggedIn("iqn.2026-11.io.ffmiser:half", 2);
            byte[] command = half.command(0, new byte[6]);
            command[5] = (byte) 0xFF;
            command[6] = (byte) 0xFF;
            command[7] = (byte) 0xFF;
            half.send(command);
            rig.runUntil(() -> half.end != null, "the end of the connection");
            HandMadeInitiator cut = rig.loggedIn("iqn.2026-11.io.ffmiser:cut", 2);
            cut.sendRaw(new byte[40]);
            rig.runUntil(() -> cut.end != null, "the end of the connection");
            checkStillServing(rig, good);
        }
    }

    @Test
    void shouldTouchNothingBeyond_whenLengthsAreHuge() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator host = rig.loggedIn();
            // 4 GiB - 1 expected, and as much as READ (10) can ask for, into 512 octets exposed
            Exposure small = host.expose(0, 512, Access.REMOTE_WRITE);
            byte[] cdb = HandMadeInitiator.readCdb(0, 8192);
            host.send(host.command(host.newTag(), 0, cdb, 0xFFFF_FFFFL, 0, new byte[0], true), null, small);
            rig.settle();
            HandMadeInitiator next = rig.loggedIn("iqn.2026-11.io.ffmiser:next", 2);
            checkStillServing(rig, next);
        }
    }

    @Test
    void shouldSurvive_whenPdusAreMutated() {
        try (TargetRig rig = TargetRig.started()) {
            HandMadeInitiator good = rig.loggedIn();
            Random random = new Random(99);
            for (int round = 0; round < 40; round++) {
                HandMadeInitiator bad =
                        rig.initiator("iqn.2026-11.io.ffmiser:bad").connect();
                bad.isidQualifier = 2;
                bad.login(TargetRig.NODE);
                for (int i = 0; i < 20 && bad.end == null; i++) {
                    byte[] pdu = switch (random.nextInt(4)) {
                        case 0 ->
                            bad.command(bad.newTag(), 0, HandMadeInitiator.writeCdb(0, 1), 0, 512, new byte[512], true);
                        case 1 -> bad.nopOut(bad.newTag(), -1, new byte[8], random.nextBoolean());
                        case 2 -> bad.text(bad.newTag(), -1, "SendTargets=\0");
                        default -> bad.command(0, new byte[6]);
                    };
                    int flips = 1 + random.nextInt(4);
                    for (int flip = 0; flip < flips; flip++) {
                        pdu[random.nextInt(pdu.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                    bad.send(pdu);
                    if (random.nextInt(3) == 0) {
                        rig.settle();
                    }
                }
                rig.settle();
                bad.close();
                rig.settle();
            }
            checkStillServing(rig, good);
            assertEquals(1, rig.target().counters().sessions());
        }
    }
}
