package io.ffmiser.iscsi.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The text keys of RFC 7143 sections 12 and 13, RFC 7144 section 7 and RFC 7145 section 6, as data. Their order is the order in which
 * the keys of one text are worked off: RDMAExtensions before those that need it, MaxBurstLength before FirstBurstLength.
 */
public enum TextKey {
    /** RFC 7143 section 13.5. */
    INITIATOR_NAME(
            "InitiatorName",
            Use.INITIALIZE_ONLY,
            Stage.ANY,
            Senders.INITIATOR,
            Scope.SESSION,
            ValueType.NAME,
            0,
            0,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.7. */
    INITIATOR_ALIAS(
            "InitiatorAlias",
            Use.ALL,
            Stage.ANY,
            Senders.INITIATOR,
            Scope.SESSION,
            ValueType.TEXT,
            0,
            0,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.4. */
    TARGET_NAME(
            "TargetName",
            Use.INITIALIZE_ONLY,
            Stage.ANY,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NAME,
            0,
            0,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.6. */
    TARGET_ALIAS(
            "TargetAlias",
            Use.ALL,
            Stage.ANY,
            Senders.TARGET,
            Scope.SESSION,
            ValueType.TEXT,
            0,
            0,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.8. */
    TARGET_ADDRESS(
            "TargetAddress",
            Use.ALL,
            Stage.ANY,
            Senders.TARGET,
            Scope.SESSION,
            ValueType.TEXT,
            0,
            0,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.9. */
    TARGET_PORTAL_GROUP_TAG(
            "TargetPortalGroupTag",
            Use.INITIALIZE_ONLY,
            Stage.ANY,
            Senders.TARGET,
            Scope.SESSION,
            ValueType.NUMBER,
            0,
            65535,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.21. */
    SESSION_TYPE(
            "SessionType",
            Use.LEADING_ONLY,
            Stage.ANY,
            Senders.INITIATOR,
            Scope.SESSION,
            ValueType.LIST,
            0,
            0,
            "Normal",
            Function.DECLARATION),
    /** RFC 7143 section 12.1. */
    AUTH_METHOD(
            "AuthMethod",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.LIST,
            0,
            0,
            "",
            Function.LIST),
    /** RFC 7143 section 12.1. */
    KRB_AP_REQ(
            "KRB_AP_REQ",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    KRB_AP_REP(
            "KRB_AP_REP",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_U(
            "SRP_U",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_GROUP(
            "SRP_GROUP",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_A(
            "SRP_A",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_S(
            "SRP_s",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_B(
            "SRP_B",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_M(
            "SRP_M",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_HM(
            "SRP_HM",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_A(
            "CHAP_A",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_I(
            "CHAP_I",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_C(
            "CHAP_C",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_N(
            "CHAP_N",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_R(
            "CHAP_R",
            Use.INITIALIZE_ONLY,
            Stage.SECURITY,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BINARY,
            0,
            0,
            "",
            Function.AUTHENTICATION),
    /** RFC 7145 section 6.3. */
    RDMA_EXTENSIONS(
            "RDMAExtensions",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.BOOLEAN,
            0,
            0,
            "No",
            Function.AND,
            Irrelevance.DISCOVERY),
    /** RFC 7145 section 6.5. */
    INITIATOR_RECV_DATA_SEGMENT_LENGTH(
            "InitiatorRecvDataSegmentLength",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.NUMBER,
            512,
            16_777_215,
            "8192",
            Function.MINIMUM,
            Irrelevance.DISCOVERY,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.4. */
    TARGET_RECV_DATA_SEGMENT_LENGTH(
            "TargetRecvDataSegmentLength",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.NUMBER,
            512,
            16_777_215,
            "8192",
            Function.MINIMUM,
            Irrelevance.DISCOVERY,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.7. */
    MAX_OUTSTANDING_UNEXPECTED_PDUS(
            "MaxOutstandingUnexpectedPDUs",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.ZERO_OR_NUMBER,
            2,
            4_294_967_295L,
            "0",
            Function.DECLARATION,
            Irrelevance.DISCOVERY,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.8. */
    MAX_AHS_LENGTH(
            "MaxAHSLength",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.ZERO_OR_NUMBER,
            2,
            4_294_967_295L,
            "256",
            Function.DECLARATION,
            Irrelevance.DISCOVERY,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.9. */
    TAGGED_BUFFER_FOR_SOLICITED_DATA_ONLY(
            "TaggedBufferForSolicitedDataOnly",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.INITIATOR,
            Scope.SESSION,
            ValueType.BOOLEAN,
            0,
            0,
            "No",
            Function.DECLARATION,
            Irrelevance.DISCOVERY,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.10. */
    ISER_HELLO_REQUIRED(
            "iSERHelloRequired",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.INITIATOR,
            Scope.SESSION,
            ValueType.BOOLEAN,
            0,
            0,
            "No",
            Function.AND,
            Irrelevance.DISCOVERY,
            Irrelevance.NO_RDMA),
    /** RFC 7143 section 13.1. */
    HEADER_DIGEST(
            "HeaderDigest",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.LIST,
            0,
            0,
            "None",
            Function.LIST),
    /** RFC 7143 section 13.1. */
    DATA_DIGEST(
            "DataDigest",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.LIST,
            0,
            0,
            "None",
            Function.LIST),
    /** RFC 7143 section 13.2. */
    MAX_CONNECTIONS(
            "MaxConnections",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            1,
            65535,
            "1",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.3. */
    SEND_TARGETS(
            "SendTargets",
            Use.FULL_FEATURE_ONLY,
            Stage.FULL_FEATURE,
            Senders.INITIATOR,
            Scope.SESSION,
            ValueType.TEXT,
            0,
            0,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.10. */
    INITIAL_R2T(
            "InitialR2T",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.BOOLEAN,
            0,
            0,
            "Yes",
            Function.OR,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.11. */
    IMMEDIATE_DATA(
            "ImmediateData",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.BOOLEAN,
            0,
            0,
            "Yes",
            Function.AND,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.12. */
    MAX_RECV_DATA_SEGMENT_LENGTH(
            "MaxRecvDataSegmentLength",
            Use.ALL,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.NUMBER,
            512,
            16_777_215,
            "8192",
            Function.DECLARATION),
    /** RFC 7143 section 13.13. */
    MAX_BURST_LENGTH(
            "MaxBurstLength",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            512,
            16_777_215,
            "262144",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.14. */
    FIRST_BURST_LENGTH(
            "FirstBurstLength",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            512,
            16_777_215,
            "65536",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.15. */
    DEFAULT_TIME_2_WAIT(
            "DefaultTime2Wait",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            0,
            3600,
            "2",
            Function.MAXIMUM),
    /** RFC 7143 section 13.16. */
    DEFAULT_TIME_2_RETAIN(
            "DefaultTime2Retain",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            0,
            3600,
            "20",
            Function.MINIMUM),
    /** RFC 7143 section 13.17. */
    MAX_OUTSTANDING_R2T(
            "MaxOutstandingR2T",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            1,
            65535,
            "1",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.18. */
    DATA_PDU_IN_ORDER(
            "DataPDUInOrder",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.BOOLEAN,
            0,
            0,
            "Yes",
            Function.OR,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.19. */
    DATA_SEQUENCE_IN_ORDER(
            "DataSequenceInOrder",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.BOOLEAN,
            0,
            0,
            "Yes",
            Function.OR,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.20. */
    ERROR_RECOVERY_LEVEL(
            "ErrorRecoveryLevel",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            0,
            2,
            "0",
            Function.MINIMUM),
    /** RFC 7143 section 13.23. */
    TASK_REPORTING(
            "TaskReporting",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.LIST,
            0,
            0,
            "RFC3720",
            Function.LIST,
            Irrelevance.DISCOVERY),
    /** RFC 7144 section 7.1.1. */
    ISCSI_PROTOCOL_LEVEL(
            "iSCSIProtocolLevel",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.NUMBER,
            0,
            31,
            "1",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.26. */
    NODE_ARCHITECTURE(
            "X#NodeArchitecture",
            Use.LEADING_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.SESSION,
            ValueType.LIST,
            0,
            0,
            "",
            Function.DECLARATION),
    /** RFC 7143 section 13.25. */
    IF_MARKER(
            "IFMarker",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BOOLEAN,
            0,
            0,
            "No",
            Function.AND),
    /** RFC 7143 section 13.25. */
    OF_MARKER(
            "OFMarker",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.BOOLEAN,
            0,
            0,
            "No",
            Function.AND),
    /** RFC 7143 section 13.25. */
    IF_MARK_INT(
            "IFMarkInt",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.TEXT,
            0,
            0,
            "",
            Function.REJECT),
    /** RFC 7143 section 13.25. */
    OF_MARK_INT(
            "OFMarkInt",
            Use.INITIALIZE_ONLY,
            Stage.OPERATIONAL,
            Senders.BOTH,
            Scope.CONNECTION,
            ValueType.TEXT,
            0,
            0,
            "",
            Function.REJECT);

    /** When a key may be negotiated. */
    public enum Use {
        /** Login of the session's first connection. */
        LEADING_ONLY,
        /** Login of any connection. */
        INITIALIZE_ONLY,
        /** Login and full feature phase. */
        ALL,
        FULL_FEATURE_ONLY
    }

    /** In which stage of login. */
    public enum Stage {
        SECURITY,
        OPERATIONAL,
        ANY,
        /** In none: after login. */
        FULL_FEATURE
    }

    /** Who may send a key first. */
    public enum Senders {
        INITIATOR,
        TARGET,
        BOTH
    }

    /** What a value holds for. */
    public enum Scope {
        SESSION,
        CONNECTION
    }

    /** What a value looks like. */
    public enum ValueType {
        BOOLEAN,
        NUMBER,
        /** A number that is 0 or within the range. */
        ZERO_OR_NUMBER,
        LIST,
        /** An iSCSI name. */
        NAME,
        TEXT,
        /** Decoded by what uses it; up to 1024 octets, so longer as text. */
        BINARY
    }

    /** How both sides' values make one. */
    public enum Function {
        /** Each side tells its own; no answer. */
        DECLARATION,
        AND,
        OR,
        MINIMUM,
        MAXIMUM,
        /** The first of the offered values that the responder supports. */
        LIST,
        /** Obsolete: answered Reject. */
        REJECT,
        /** Part of the conversation that AuthMethod began. */
        AUTHENTICATION
    }

    /** What makes a key irrelevant. */
    public enum Irrelevance {
        /** A discovery session. */
        DISCOVERY,
        /** RDMAExtensions=No. */
        NO_RDMA
    }

    /** The longest simple value, in octets (RFC 7143 section 6.1). */
    public static final int MAX_VALUE_LENGTH = 255;

    /** The longest BINARY value as text: 1024 octets in hexadecimal. */
    private static final int MAX_BINARY_LENGTH = 2 + 2 * 1024;

    private static final Map<String, TextKey> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(TextKey::keyName, key -> key));

    private final String keyName;
    private final Use use;
    private final Stage stage;
    private final Senders senders;
    private final Scope scope;
    private final ValueType type;
    private final long minimum;
    private final long maximum;
    private final String defaultValue;
    private final Function function;
    private final boolean irrelevantInDiscovery;
    private final boolean irrelevantWithoutRdma;

    TextKey(
            String keyName,
            Use use,
            Stage stage,
            Senders senders,
            Scope scope,
            ValueType type,
            long minimum,
            long maximum,
            String defaultValue,
            Function function,
            Irrelevance... irrelevance) {
        this.keyName = keyName;
        this.use = use;
        this.stage = stage;
        this.senders = senders;
        this.scope = scope;
        this.type = type;
        this.minimum = minimum;
        this.maximum = maximum;
        this.defaultValue = defaultValue;
        this.function = function;
        List<Irrelevance> conditions = List.of(irrelevance);
        irrelevantInDiscovery = conditions.contains(Irrelevance.DISCOVERY);
        irrelevantWithoutRdma = conditions.contains(Irrelevance.NO_RDMA);
    }

    /** The key of a name; null if there is none such here. */
    public static @Nullable TextKey of(String name) {
        return BY_NAME.get(name);
    }

    /** As it stands in text. */
    public String keyName() {
        return keyName;
    }

    public Use use() {
        return use;
    }

    public Stage stage() {
        return stage;
    }

    public Scope scope() {
        return scope;
    }

    public ValueType type() {
        return type;
    }

    public Function function() {
        return function;
    }

    /** What holds without negotiation; empty if nothing does. */
    public String defaultValue() {
        return defaultValue;
    }

    public Senders senders() {
        return senders;
    }

    public boolean isSentBy(boolean initiator) {
        return senders == Senders.BOTH || senders == (initiator ? Senders.INITIATOR : Senders.TARGET);
    }

    /** Whether it was in the first edition of iSCSI, so that nobody may answer NotUnderstood (RFC 7143 section 6.2). */
    public boolean isAlwaysUnderstood() {
        return switch (this) {
            case RDMA_EXTENSIONS,
                    INITIATOR_RECV_DATA_SEGMENT_LENGTH,
                    TARGET_RECV_DATA_SEGMENT_LENGTH,
                    MAX_OUTSTANDING_UNEXPECTED_PDUS,
                    MAX_AHS_LENGTH,
                    TAGGED_BUFFER_FOR_SOLICITED_DATA_ONLY,
                    ISER_HELLO_REQUIRED,
                    TASK_REPORTING,
                    ISCSI_PROTOCOL_LEVEL,
                    NODE_ARCHITECTURE -> false;
            default -> true;
        };
    }

    /** Whether it means nothing in a session of that kind. */
    public boolean isIrrelevant(boolean discovery, boolean rdma) {
        return (discovery && irrelevantInDiscovery) || (!rdma && irrelevantWithoutRdma);
    }

    /** Whether a value, as declared, offered or answered, has the type and lies in the range. */
    public boolean isValid(String value) {
        int length = value.getBytes(StandardCharsets.UTF_8).length;
        if (length > (type == ValueType.BINARY ? MAX_BINARY_LENGTH : MAX_VALUE_LENGTH) && type != ValueType.LIST) {
            return false;
        }
        return switch (type) {
            case BOOLEAN -> value.equals(YES) || value.equals(NO);
            case NUMBER -> isInRange(NumericalValue.parse(value));
            case ZERO_OR_NUMBER -> NumericalValue.parse(value) == 0 || isInRange(NumericalValue.parse(value));
            case LIST ->
                Arrays.stream(value.split(",", -1))
                        .allMatch(item -> !item.isEmpty() && item.length() <= MAX_VALUE_LENGTH);
            case NAME -> IscsiName.isValid(value);
            case TEXT, BINARY -> true;
        };
    }

    private boolean isInRange(long number) {
        return number >= minimum && number <= maximum;
    }

    public static final String YES = "Yes";
    public static final String NO = "No";
    public static final String NONE = "None";
    public static final String REJECT = "Reject";
    public static final String IRRELEVANT = "Irrelevant";
    public static final String NOT_UNDERSTOOD = "NotUnderstood";

    /** Whether a value is one of the answers that nobody may offer (RFC 7143 section 6.2). */
    public static boolean isReservedAnswer(String value) {
        return value.equals(REJECT) || value.equals(IRRELEVANT) || value.equals(NOT_UNDERSTOOD);
    }
}
