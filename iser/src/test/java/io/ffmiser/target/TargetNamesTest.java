package io.ffmiser.target;

import static io.ffmiser.target.HandMadeInitiator.loginStatus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.ffmiser.store.MemoryStore;
import org.junit.jupiter.api.Test;

/** Names of nodes and initiators that are written in several ways. */
class TargetNamesTest {
    private static final String HOST = "iqn.2024-01.com.example:a";
    private static final String DISK = "iqn.2024-01.com.example:disk";

    private static TargetNode node() {
        return TargetNode.named("iqn.2024-01.com.Example:Disk")
                .allow("iqn.2024-01.com.Example:a")
                .logicalUnit(0, owner -> new MemoryStore(1 << 20, 512))
                .build();
    }

    private static TargetRig started() {
        return new TargetRig().start(TargetRig.options().node(node()).build());
    }

    @Test
    void shouldAdmit_whenTheNamesDifferInCaseOnly() {
        try (TargetRig rig = started()) {
            HandMadeInitiator host = rig.initiator("iqn.2024-01.com.example:A").connect();
            assertEquals(0, loginStatus(host.login("IQN.2024-01.COM.EXAMPLE:DISK")));
            SessionInfo session = rig.target().sessions().getFirst();
            assertEquals(HOST, session.initiatorName());
            assertEquals(DISK, session.targetName());
        }
    }

    @Test
    void shouldReinstateTheSession_whenTheInitiatorWritesItsNameOtherwise() {
        try (TargetRig rig = started()) {
            HandMadeInitiator old = rig.initiator(HOST).connect();
            assertEquals(0, loginStatus(old.login(DISK)));
            HandMadeInitiator again =
                    rig.initiator("iqn.2024-01.COM.example:\uff21").connect();
            assertEquals(0, loginStatus(again.login(DISK)));
            rig.runUntil(() -> old.end != null, "the old connection's end");
            assertEquals(1, rig.target().sessions().size());
        }
    }

    @Test
    void shouldRefuseTheLogin_whenANameIsMalformed() {
        try (TargetRig rig = started()) {
            for (String name : new String[] {"", "host", "iqn.2024-01.com.example:a b", "iqn.2024-13.com.example:a"}) {
                HandMadeInitiator host = rig.initiator(name).connect();
                assertEquals(0x0200, loginStatus(host.login(DISK)), name);
            }
            HandMadeInitiator host = rig.initiator(HOST).connect();
            assertEquals(0x0203, loginStatus(host.login("iqn.2024-01.com.example:a/b")));
            assertEquals(0, loginStatus(rig.initiator(HOST).connect().login(DISK)));
        }
    }

    @Test
    void shouldRefuseOptions_whenTwoNodesDifferInCaseOnly() {
        TargetOptions.Builder options =
                TargetRig.options().node(node()).node(TargetNode.named(DISK).build());
        assertThrows(IllegalArgumentException.class, options::build);
    }
}
