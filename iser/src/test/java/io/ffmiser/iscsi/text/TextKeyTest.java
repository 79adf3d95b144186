package io.ffmiser.iscsi.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.iscsi.text.TextKey.Function;
import io.ffmiser.iscsi.text.TextKey.Senders;
import io.ffmiser.iscsi.text.TextKey.Use;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class TextKeyTest {
    /** Use, senders, default and result function as RFC 7143 section 13, RFC 7144 section 7 and RFC 7145 section 6 give them. */
    @ParameterizedTest
    @CsvSource({
        "InitiatorName, INITIALIZE_ONLY, INITIATOR, '', DECLARATION",
        "InitiatorAlias, ALL, INITIATOR, '', DECLARATION",
        "TargetAlias, ALL, TARGET, '', DECLARATION",
        "TargetPortalGroupTag, INITIALIZE_ONLY, TARGET, '', DECLARATION",
        "SessionType, LEADING_ONLY, INITIATOR, Normal, DECLARATION",
        "SendTargets, FULL_FEATURE_ONLY, INITIATOR, '', DECLARATION",
        "HeaderDigest, INITIALIZE_ONLY, BOTH, None, LIST",
        "MaxConnections, LEADING_ONLY, BOTH, 1, MINIMUM",
        "InitialR2T, LEADING_ONLY, BOTH, Yes, OR",
        "ImmediateData, LEADING_ONLY, BOTH, Yes, AND",
        "MaxRecvDataSegmentLength, ALL, BOTH, 8192, DECLARATION",
        "MaxBurstLength, LEADING_ONLY, BOTH, 262144, MINIMUM",
        "FirstBurstLength, LEADING_ONLY, BOTH, 65536, MINIMUM",
        "DefaultTime2Wait, LEADING_ONLY, BOTH, 2, MAXIMUM",
        "DefaultTime2Retain, LEADING_ONLY, BOTH, 20, MINIMUM",
        "MaxOutstandingR2T, LEADING_ONLY, BOTH, 1, MINIMUM",
        "DataPDUInOrder, LEADING_ONLY, BOTH, Yes, OR",
        "DataSequenceInOrder, LEADING_ONLY, BOTH, Yes, OR",
        "ErrorRecoveryLevel, LEADING_ONLY, BOTH, 0, MINIMUM",
        "TaskReporting, LEADING_ONLY, BOTH, RFC3720, LIST",
        "iSCSIProtocolLevel, LEADING_ONLY, BOTH, 1, MINIMUM",
        "RDMAExtensions, LEADING_ONLY, BOTH, No, AND",
        "InitiatorRecvDataSegmentLength, INITIALIZE_ONLY, BOTH, 8192, MINIMUM",
        "TargetRecvDataSegmentLength, INITIALIZE_ONLY, BOTH, 8192, MINIMUM",
        "MaxOutstandingUnexpectedPDUs, LEADING_ONLY, BOTH, 0, DECLARATION",
        "MaxAHSLength, LEADING_ONLY, BOTH, 256, DECLARATION",
        "TaggedBufferForSolicitedDataOnly, LEADING_ONLY, INITIATOR, No, DECLARATION",
        "iSERHelloRequired, LEADING_ONLY, INITIATOR, No, AND"
    })
    void shouldBeAsTheRfcGivesIt(String name, Use use, Senders senders, String defaultValue, Function function) {
        TextKey key = TextKey.of(name);

        assertNotNull(key);
        assertEquals(use, key.use());
        assertEquals(senders, key.senders());
        assertEquals(defaultValue, key.defaultValue());
        assertEquals(function, key.function());
        assertEquals(senders != Senders.TARGET, key.isSentBy(true));
        assertEquals(senders != Senders.INITIATOR, key.isSentBy(false));
    }

    /** RFC 7143 section 6.2: only keys that RFC 3720 did not have. */
    @Test
    void shouldBeUnderstoodByAll_whenOfTheFirstEdition() {
        assertEquals(
                Set.of(
                        "RDMAExtensions",
                        "InitiatorRecvDataSegmentLength",
                        "TargetRecvDataSegmentLength",
                        "MaxOutstandingUnexpectedPDUs",
                        "MaxAHSLength",
                        "TaggedBufferForSolicitedDataOnly",
                        "iSERHelloRequired",
                        "TaskReporting",
                        "iSCSIProtocolLevel",
                        "X#NodeArchitecture"),
                Arrays.stream(TextKey.values())
                        .filter(key -> !key.isAlwaysUnderstood())
                        .map(TextKey::keyName)
                        .collect(Collectors.toSet()));
    }

    @Test
    void shouldBeIrrelevant_byTheKindOfSession() {
        for (boolean discovery : new boolean[] {false, true}) {
            for (boolean rdma : new boolean[] {false, true}) {
                assertFalse(TextKey.ERROR_RECOVERY_LEVEL.isIrrelevant(discovery, rdma));
                assertEquals(discovery, TextKey.MAX_CONNECTIONS.isIrrelevant(discovery, rdma));
                assertEquals(discovery || !rdma, TextKey.ISER_HELLO_REQUIRED.isIrrelevant(discovery, rdma));
            }
        }
    }

    @Test
    void shouldNotBeOffered_whenAnAnswer() {
        for (String answer : List.of("Reject", "Irrelevant", "NotUnderstood")) {
            assertTrue(TextKey.isReservedAnswer(answer));
        }
        for (String value : List.of("", "reject", "Yes", "None")) {
            assertFalse(TextKey.isReservedAnswer(value));
        }
    }

    /** RFC 7143 sections 12 and 13, RFC 7144 section 7.1.1, RFC 7145 section 6. */
    @Test
    void shouldBeThoseOfTheRfcs_whenKeysAreNamed() {
        Map<String, String> wanted = new TreeMap<>(Map.ofEntries(
                Map.entry("InitiatorName", ""),
                Map.entry("InitiatorAlias", ""),
                Map.entry("TargetName", ""),
                Map.entry("TargetAlias", ""),
                Map.entry("TargetAddress", ""),
                Map.entry("TargetPortalGroupTag", ""),
                Map.entry("SessionType", "Normal"),
                Map.entry("AuthMethod", ""),
                Map.entry("KRB_AP_REQ", ""),
                Map.entry("KRB_AP_REP", ""),
                Map.entry("SRP_U", ""),
                Map.entry("SRP_GROUP", ""),
                Map.entry("SRP_A", ""),
                Map.entry("SRP_s", ""),
                Map.entry("SRP_B", ""),
                Map.entry("SRP_M", ""),
                Map.entry("SRP_HM", ""),
                Map.entry("CHAP_A", ""),
                Map.entry("CHAP_I", ""),
                Map.entry("CHAP_C", ""),
                Map.entry("CHAP_N", ""),
                Map.entry("CHAP_R", ""),
                Map.entry("RDMAExtensions", "No"),
                Map.entry("InitiatorRecvDataSegmentLength", "8192"),
                Map.entry("TargetRecvDataSegmentLength", "8192"),
                Map.entry("MaxOutstandingUnexpectedPDUs", "0"),
                Map.entry("MaxAHSLength", "256"),
                Map.entry("TaggedBufferForSolicitedDataOnly", "No"),
                Map.entry("iSERHelloRequired", "No"),
                Map.entry("HeaderDigest", "None"),
                Map.entry("DataDigest", "None"),
                Map.entry("MaxConnections", "1"),
                Map.entry("SendTargets", ""),
                Map.entry("InitialR2T", "Yes"),
                Map.entry("ImmediateData", "Yes"),
                Map.entry("MaxRecvDataSegmentLength", "8192"),
                Map.entry("MaxBurstLength", "262144"),
                Map.entry("FirstBurstLength", "65536"),
                Map.entry("DefaultTime2Wait", "2"),
                Map.entry("DefaultTime2Retain", "20"),
                Map.entry("MaxOutstandingR2T", "1"),
                Map.entry("DataPDUInOrder", "Yes"),
                Map.entry("DataSequenceInOrder", "Yes"),
                Map.entry("ErrorRecoveryLevel", "0"),
                Map.entry("TaskReporting", "RFC3720"),
                Map.entry("iSCSIProtocolLevel", "1"),
                Map.entry("X#NodeArchitecture", ""),
                Map.entry("IFMarker", "No"),
                Map.entry("OFMarker", "No"),
                Map.entry("IFMarkInt", ""),
                Map.entry("OFMarkInt", "")));
        assertEquals(
                wanted,
                Arrays.stream(TextKey.values())
                        .collect(Collectors.toMap(TextKey::keyName, TextKey::defaultValue, (a, b) -> b, TreeMap::new)));
        for (TextKey key : TextKey.values()) {
            assertEquals(key, TextKey.of(key.keyName()));
        }
        assertNull(TextKey.of("initiatorname"), "keys are written in one way");
    }
}
