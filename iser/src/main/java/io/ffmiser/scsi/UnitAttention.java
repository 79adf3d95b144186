package io.ffmiser.scsi;

/** Unit attention conditions (SPC-4 annex D.2): additional sense code in the high octet, its qualifier in the low. */
public final class UnitAttention {
    public static final int POWER_ON_OR_RESET = 0x2900;
    public static final int BUS_DEVICE_RESET_FUNCTION_OCCURRED = 0x2903;
    public static final int NEXUS_LOSS_OCCURRED = 0x2907;
    public static final int MODE_PARAMETERS_CHANGED = 0x2A01;
    public static final int REPORTED_LUNS_DATA_HAS_CHANGED = 0x3F0E;
    /** RFC 7143 section 11.14.5: tasks ended with their connection. */
    public static final int SOME_COMMANDS_CLEARED_BY_ISCSI_PROTOCOL_EVENT = 0x477F;

    private UnitAttention() {}
}
