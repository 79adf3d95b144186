package io.ffmiser.iscsi.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.TransportCapabilities;
import io.ffmiser.iscsi.pdu.LoginStage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HeaderDigest and DataDigest at the target (RFC 7143 section 13.1): the first of the initiator's list, but None over RDMA. */
class DigestNegotiationTest {
    private final Logins.FakeTarget target = new Logins.FakeTarget();

    private LoginAction logIn(boolean rdma, String offer) {
        LoginTarget machine = target.login(new TransportCapabilities(rdma));
        String text = "InitiatorName=" + Logins.INITIATOR + "\0TargetName=" + Logins.TARGET + "\0SessionType=Normal\0"
                + offer;
        StringBuilder answers = new StringBuilder();
        LoginAction action = machine.receive(
                Logins.request(LoginStage.LOGIN_OPERATIONAL_NEGOTIATION, LoginStage.FULL_FEATURE_PHASE, text));
        action = target.allocate(machine, action);
        answers.append(Logins.text(action));
        while (action instanceof LoginAction.Send) {
            action = machine.receive(
                    Logins.request(LoginStage.LOGIN_OPERATIONAL_NEGOTIATION, LoginStage.FULL_FEATURE_PHASE, ""));
            action = target.allocate(machine, action);
            answers.append(Logins.text(action));
        }
        answer = answers.toString();
        return action;
    }

    private String answer = "";

    @ParameterizedTest
    @CsvSource({
        "'CRC32C,None', CRC32C, true",
        "CRC32C, CRC32C, true",
        "'None,CRC32C', None, false",
        "None, None, false",
        "'X-own,CRC32C', CRC32C, true",
        "X-own, Reject, false",
    })
    void shouldTakeTheFirstThatItKnows_whenTheInitiatorOffers(String offered, String taken, boolean digest) {
        LoginAction action = logIn(false, "HeaderDigest=" + offered + "\0DataDigest=" + offered + "\0");
        assertTrue(answer.contains("HeaderDigest=" + taken + "\0"), answer);
        assertTrue(answer.contains("DataDigest=" + taken + "\0"), answer);
        NegotiatedKeys keys = assertInstanceOf(LoginAction.Complete.class, action)
                .result()
                .parameters()
                .toNegotiatedKeys();
        assertEquals(digest, keys.headerDigest());
        assertEquals(digest, keys.dataDigest());
    }

    @ParameterizedTest
    @CsvSource({"'CRC32C,None', None"})
    void shouldTakeNone_whenDataMovesByRdma(String offered, String taken) {
        LoginAction action = logIn(true, "RDMAExtensions=Yes\0HeaderDigest=" + offered + "\0");
        assertTrue(answer.contains("HeaderDigest=" + taken + "\0"), answer);
        assertInstanceOf(LoginAction.Complete.class, action);
    }
}
