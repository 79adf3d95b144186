package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a port can do (enum ibv_port_cap_flags; IB specification, PortInfo.CapabilityMask). */
public enum PortCapability implements NativeConstant {
    SM(LibIbverbs.IBV_PORT_SM()),
    NOTICE_SUP(LibIbverbs.IBV_PORT_NOTICE_SUP()),
    TRAP_SUP(LibIbverbs.IBV_PORT_TRAP_SUP()),
    OPT_IPD_SUP(LibIbverbs.IBV_PORT_OPT_IPD_SUP()),
    AUTO_MIGR_SUP(LibIbverbs.IBV_PORT_AUTO_MIGR_SUP()),
    SL_MAP_SUP(LibIbverbs.IBV_PORT_SL_MAP_SUP()),
    MKEY_NVRAM(LibIbverbs.IBV_PORT_MKEY_NVRAM()),
    PKEY_NVRAM(LibIbverbs.IBV_PORT_PKEY_NVRAM()),
    LED_INFO_SUP(LibIbverbs.IBV_PORT_LED_INFO_SUP()),
    SYS_IMAGE_GUID_SUP(LibIbverbs.IBV_PORT_SYS_IMAGE_GUID_SUP()),
    PKEY_SW_EXT_PORT_TRAP_SUP(LibIbverbs.IBV_PORT_PKEY_SW_EXT_PORT_TRAP_SUP()),
    EXTENDED_SPEEDS_SUP(LibIbverbs.IBV_PORT_EXTENDED_SPEEDS_SUP()),
    CAP_MASK2_SUP(LibIbverbs.IBV_PORT_CAP_MASK2_SUP()),
    CM_SUP(LibIbverbs.IBV_PORT_CM_SUP()),
    SNMP_TUNNEL_SUP(LibIbverbs.IBV_PORT_SNMP_TUNNEL_SUP()),
    REINIT_SUP(LibIbverbs.IBV_PORT_REINIT_SUP()),
    DEVICE_MGMT_SUP(LibIbverbs.IBV_PORT_DEVICE_MGMT_SUP()),
    VENDOR_CLASS_SUP(LibIbverbs.IBV_PORT_VENDOR_CLASS_SUP()),
    DR_NOTICE_SUP(LibIbverbs.IBV_PORT_DR_NOTICE_SUP()),
    CAP_MASK_NOTICE_SUP(LibIbverbs.IBV_PORT_CAP_MASK_NOTICE_SUP()),
    BOOT_MGMT_SUP(LibIbverbs.IBV_PORT_BOOT_MGMT_SUP()),
    LINK_LATENCY_SUP(LibIbverbs.IBV_PORT_LINK_LATENCY_SUP()),
    CLIENT_REG_SUP(LibIbverbs.IBV_PORT_CLIENT_REG_SUP()),
    IP_BASED_GIDS(LibIbverbs.IBV_PORT_IP_BASED_GIDS());

    private final int value;

    PortCapability(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
