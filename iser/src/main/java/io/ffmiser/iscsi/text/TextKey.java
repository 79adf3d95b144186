package io.ffmiser.iscsi.text;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The text keys of RFC 7143 sections 12 and 13, RFC 7144 section 7 and RFC 7145 section 6, as data. Their order is the order in which
 * the keys of one text are worked off: RDMAExtensions before those that need it, MaxBurstLength before FirstBurstLength.
 */
public enum TextKey {
    /** RFC 7143 section 13.5. */
    INITIATOR_NAME("InitiatorName", KeyPlace.NAME_BY_INITIATOR, KeyValues.NAME, "", Function.DECLARATION),
    /** RFC 7143 section 13.7. */
    INITIATOR_ALIAS("InitiatorAlias", KeyPlace.ALIAS_BY_INITIATOR, KeyValues.TEXT, "", Function.DECLARATION),
    /** RFC 7143 section 13.4. */
    TARGET_NAME("TargetName", KeyPlace.NAME, KeyValues.NAME, "", Function.DECLARATION),
    /** RFC 7143 section 13.6. */
    TARGET_ALIAS("TargetAlias", KeyPlace.ALIAS_BY_TARGET, KeyValues.TEXT, "", Function.DECLARATION),
    /** RFC 7143 section 13.8. */
    TARGET_ADDRESS("TargetAddress", KeyPlace.ALIAS_BY_TARGET, KeyValues.TEXT, "", Function.DECLARATION),
    /** RFC 7143 section 13.9. */
    TARGET_PORTAL_GROUP_TAG(
            "TargetPortalGroupTag", KeyPlace.NAME_BY_TARGET, KeyValues.number(0, 65535), "", Function.DECLARATION),
    /** RFC 7143 section 13.21. */
    SESSION_TYPE("SessionType", KeyPlace.LEADING_NAME_BY_INITIATOR, KeyValues.LIST, "Normal", Function.DECLARATION),
    /** RFC 7143 section 12.1. */
    AUTH_METHOD("AuthMethod", KeyPlace.SECURITY, KeyValues.LIST, "", Function.LIST),
    /** RFC 7143 section 12.1. */
    KRB_AP_REQ("KRB_AP_REQ", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    KRB_AP_REP("KRB_AP_REP", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_U("SRP_U", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_GROUP("SRP_GROUP", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_A("SRP_A", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_S("SRP_s", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_B("SRP_B", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_M("SRP_M", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    SRP_HM("SRP_HM", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_A("CHAP_A", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_I("CHAP_I", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_C("CHAP_C", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_N("CHAP_N", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7143 section 12.1. */
    CHAP_R("CHAP_R", KeyPlace.SECURITY, KeyValues.BINARY, "", Function.AUTHENTICATION),
    /** RFC 7145 section 6.3. */
    RDMA_EXTENSIONS("RDMAExtensions", KeyPlace.LEADING, KeyValues.BOOLEAN, "No", Function.AND, Irrelevance.DISCOVERY),
    /** RFC 7145 section 6.5. */
    INITIATOR_RECV_DATA_SEGMENT_LENGTH(
            "InitiatorRecvDataSegmentLength",
            KeyPlace.INITIAL,
            KeyValues.number(512, KeyValues.BITS_24),
            "8192",
            Function.MINIMUM,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.4. */
    TARGET_RECV_DATA_SEGMENT_LENGTH(
            "TargetRecvDataSegmentLength",
            KeyPlace.INITIAL,
            KeyValues.number(512, KeyValues.BITS_24),
            "8192",
            Function.MINIMUM,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.7. */
    MAX_OUTSTANDING_UNEXPECTED_PDUS(
            "MaxOutstandingUnexpectedPDUs",
            KeyPlace.LEADING,
            KeyValues.zeroOrNumber(2, KeyValues.BITS_32),
            "0",
            Function.DECLARATION,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.8. */
    MAX_AHS_LENGTH(
            "MaxAHSLength",
            KeyPlace.LEADING,
            KeyValues.zeroOrNumber(2, KeyValues.BITS_32),
            "256",
            Function.DECLARATION,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.9. */
    TAGGED_BUFFER_FOR_SOLICITED_DATA_ONLY(
            "TaggedBufferForSolicitedDataOnly",
            KeyPlace.LEADING_BY_INITIATOR,
            KeyValues.BOOLEAN,
            "No",
            Function.DECLARATION,
            Irrelevance.NO_RDMA),
    /** RFC 7145 section 6.10. */
    ISER_HELLO_REQUIRED(
            "iSERHelloRequired",
            KeyPlace.LEADING_BY_INITIATOR,
            KeyValues.BOOLEAN,
            "No",
            Function.AND,
            Irrelevance.NO_RDMA),
    /** RFC 7143 section 13.1. */
    HEADER_DIGEST("HeaderDigest", KeyPlace.INITIAL, KeyValues.LIST, "None", Function.LIST),
    /** RFC 7143 section 13.1. */
    DATA_DIGEST("DataDigest", KeyPlace.INITIAL, KeyValues.LIST, "None", Function.LIST),
    /** RFC 7143 section 13.2. */
    MAX_CONNECTIONS(
            "MaxConnections",
            KeyPlace.LEADING,
            KeyValues.number(1, 65535),
            "1",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.3. */
    SEND_TARGETS("SendTargets", KeyPlace.FULL_FEATURE, KeyValues.TEXT, "", Function.DECLARATION),
    /** RFC 7143 section 13.10. */
    INITIAL_R2T("InitialR2T", KeyPlace.LEADING, KeyValues.BOOLEAN, "Yes", Function.OR, Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.11. */
    IMMEDIATE_DATA("ImmediateData", KeyPlace.LEADING, KeyValues.BOOLEAN, "Yes", Function.AND, Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.12. */
    MAX_RECV_DATA_SEGMENT_LENGTH(
            "MaxRecvDataSegmentLength",
            KeyPlace.ALWAYS,
            KeyValues.number(512, KeyValues.BITS_24),
            "8192",
            Function.DECLARATION),
    /** RFC 7143 section 13.13. */
    MAX_BURST_LENGTH(
            "MaxBurstLength",
            KeyPlace.LEADING,
            KeyValues.number(512, KeyValues.BITS_24),
            "262144",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.14. */
    FIRST_BURST_LENGTH(
            "FirstBurstLength",
            KeyPlace.LEADING,
            KeyValues.number(512, KeyValues.BITS_24),
            "65536",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.15. */
    DEFAULT_TIME_2_WAIT("DefaultTime2Wait", KeyPlace.LEADING, KeyValues.number(0, 3600), "2", Function.MAXIMUM),
    /** RFC 7143 section 13.16. */
    DEFAULT_TIME_2_RETAIN("DefaultTime2Retain", KeyPlace.LEADING, KeyValues.number(0, 3600), "20", Function.MINIMUM),
    /** RFC 7143 section 13.17. */
    MAX_OUTSTANDING_R2T(
            "MaxOutstandingR2T",
            KeyPlace.LEADING,
            KeyValues.number(1, 65535),
            "1",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.18. */
    DATA_PDU_IN_ORDER("DataPDUInOrder", KeyPlace.LEADING, KeyValues.BOOLEAN, "Yes", Function.OR, Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.19. */
    DATA_SEQUENCE_IN_ORDER(
            "DataSequenceInOrder", KeyPlace.LEADING, KeyValues.BOOLEAN, "Yes", Function.OR, Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.20. */
    ERROR_RECOVERY_LEVEL("ErrorRecoveryLevel", KeyPlace.LEADING, KeyValues.number(0, 2), "0", Function.MINIMUM),
    /** RFC 7143 section 13.23. */
    TASK_REPORTING("TaskReporting", KeyPlace.LEADING, KeyValues.LIST, "RFC3720", Function.LIST, Irrelevance.DISCOVERY),
    /** RFC 7144 section 7.1.1. */
    ISCSI_PROTOCOL_LEVEL(
            "iSCSIProtocolLevel",
            KeyPlace.LEADING,
            KeyValues.number(0, 31),
            "1",
            Function.MINIMUM,
            Irrelevance.DISCOVERY),
    /** RFC 7143 section 13.26. */
    NODE_ARCHITECTURE("X#NodeArchitecture", KeyPlace.LEADING, KeyValues.LIST, "", Function.DECLARATION),
    /** RFC 7143 section 13.25. */
    IF_MARKER("IFMarker", KeyPlace.INITIAL, KeyValues.BOOLEAN, "No", Function.AND),
    /** RFC 7143 section 13.25. */
    OF_MARKER("OFMarker", KeyPlace.INITIAL, KeyValues.BOOLEAN, "No", Function.AND),
    /** RFC 7143 section 13.25. */
    IF_MARK_INT("IFMarkInt", KeyPlace.INITIAL, KeyValues.TEXT, "", Function.REJECT),
    /** RFC 7143 section 13.25. */
    OF_MARK_INT("OFMarkInt", KeyPlace.INITIAL, KeyValues.TEXT, "", Function.REJECT);

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
        NEVER,
        /** A discovery session. */
        DISCOVERY,
        /** RDMAExtensions=No, which discovery sessions have too. */
        NO_RDMA
    }

    private static final Map<String, TextKey> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(TextKey::keyName, key -> key));

    public static final String YES = "Yes";
    public static final String NO = "No";
    public static final String NONE = "None";
    public static final String CRC32C = "CRC32C";
    /** What a side that has digests can do. */
    public static final String DIGESTS = "CRC32C,None";

    public static final String REJECT = "Reject";
    public static final String IRRELEVANT = "Irrelevant";
    public static final String NOT_UNDERSTOOD = "NotUnderstood";

    private final String keyName;
    // records of enums and numbers, as immutable as the enum itself
    @SuppressWarnings("ImmutableEnumChecker")
    private final KeyPlace place;

    @SuppressWarnings("ImmutableEnumChecker")
    private final KeyValues values;

    private final String defaultValue;
    private final Function function;
    private final Irrelevance irrelevance;

    TextKey(String keyName, KeyPlace place, KeyValues values, String defaultValue, Function function) {
        this(keyName, place, values, defaultValue, function, Irrelevance.NEVER);
    }

    TextKey(
            String keyName,
            KeyPlace place,
            KeyValues values,
            String defaultValue,
            Function function,
            Irrelevance irrelevance) {
        this.keyName = keyName;
        this.place = place;
        this.values = values;
        this.defaultValue = defaultValue;
        this.function = function;
        this.irrelevance = irrelevance;
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
        return place.use();
    }

    public Stage stage() {
        return place.stage();
    }

    public Function function() {
        return function;
    }

    /** What holds without negotiation; empty if nothing does. */
    public String defaultValue() {
        return defaultValue;
    }

    public Senders senders() {
        return place.senders();
    }

    public boolean isSentBy(boolean initiator) {
        return senders() == Senders.BOTH || senders() == (initiator ? Senders.INITIATOR : Senders.TARGET);
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
        return switch (irrelevance) {
            case NEVER -> false;
            case DISCOVERY -> discovery;
            case NO_RDMA -> discovery || !rdma;
        };
    }

    /** Whether a value, as declared, offered or answered, has the type and lies in the range. */
    public boolean isValid(String value) {
        return values.isValid(value);
    }

    /** Whether a value is one of the answers that nobody may offer (RFC 7143 section 6.2). */
    public static boolean isReservedAnswer(String value) {
        return value.equals(REJECT) || value.equals(IRRELEVANT) || value.equals(NOT_UNDERSTOOD);
    }
}
