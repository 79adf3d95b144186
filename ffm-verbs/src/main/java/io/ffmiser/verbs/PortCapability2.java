package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What else a port can do (enum ibv_port_cap_flags2; IB specification, PortInfo.CapabilityMask2). */
public enum PortCapability2 implements NativeConstant {
    SET_NODE_DESC_SUP(LibIbverbs.IBV_PORT_SET_NODE_DESC_SUP()),
    INFO_EXT_SUP(LibIbverbs.IBV_PORT_INFO_EXT_SUP()),
    VIRT_SUP(LibIbverbs.IBV_PORT_VIRT_SUP()),
    SWITCH_PORT_STATE_TABLE_SUP(LibIbverbs.IBV_PORT_SWITCH_PORT_STATE_TABLE_SUP()),
    LINK_WIDTH_2X_SUP(LibIbverbs.IBV_PORT_LINK_WIDTH_2X_SUP()),
    LINK_SPEED_HDR_SUP(LibIbverbs.IBV_PORT_LINK_SPEED_HDR_SUP()),
    LINK_SPEED_NDR_SUP(LibIbverbs.IBV_PORT_LINK_SPEED_NDR_SUP()),
    LINK_SPEED_XDR_SUP(LibIbverbs.IBV_PORT_LINK_SPEED_XDR_SUP());

    private final int value;

    PortCapability2(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
