package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.pdu.NopInPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the attempts to reconnect count anew: not for a connection that only lasted. */
class ReconnectBudgetTest {
    private static final Duration LONGER_THAN_ANY_DELAY = Duration.ofSeconds(6);

    private final InitiatorRig rig = new InitiatorRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** Drops the connection when it has lasted a while, until the session fails. */
    private int logins(Session session, Runnable meanwhile) {
        for (int i = 0; i < 12 && session.state() != SessionState.FAILED; i++) {
            meanwhile.run();
            rig.advance(LONGER_THAN_ANY_DELAY);
            rig.target.drop();
            rig.await(() -> session.state() != SessionState.LOGGED_IN);
            rig.await(() -> session.state() != SessionState.RECONNECTING);
        }
        return rig.target.logins;
    }

    @Test
    void shouldGiveUp_whenTheTargetNeverOpensItsWindow() {
        rig.target.window = 1;
        rig.target.windowMoves = false;
        Session session = rig.login();
        for (int i = 0; i < 12; i++) {
            session.submit(rig.newRequest(session).command(0, new byte[6]));
        }
        assertEquals(1 + 5, logins(session, () -> {}));
        assertEquals(SessionState.FAILED, session.state());
        assertTrue(String.valueOf(session.failure()).contains("after 5 attempts"));
    }

    @Test
    void shouldGoOn_whenEachConnectionAnswersACommand() {
        Session session = rig.login();
        ScsiRequest request = rig.newRequest(session);
        assertEquals(1 + 12, logins(session, () -> {
            session.submit(request.command(0, new byte[6]));
            rig.target.good(rig.next(Opcode.SCSI_COMMAND));
            rig.await(request::isGood);
        }));
    }

    @Test
    void shouldGoOn_whenNothingIsToBeDoneAndEachConnectionAnswersAPing() {
        rig.target.automatic = received -> {
            if (received.opcode() == Opcode.NOP_OUT) {
                rig.target.send(new NopInPdu(), new byte[0], true, pdu -> {
                    pdu.begin(pdu.segment(), pdu.offset());
                    pdu.setInitiatorTaskTag(received.tag());
                    pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
                });
            }
            return received.opcode() == Opcode.NOP_OUT;
        };
        Session session = rig.login(
                rig.options().withTimes(TimeLimits.DEFAULT.withPing(Duration.ofSeconds(1), Duration.ofSeconds(5))));
        assertEquals(1 + 12, logins(session, () -> {}));
    }
}
