package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What a device can do (enum ibv_device_cap_flags and its later 64-bit flags, ibv_query_device_ex(3)). */
public enum DeviceCapability implements NativeConstant {
    RESIZE_MAX_WR(LibIbverbs.IBV_DEVICE_RESIZE_MAX_WR()),
    BAD_PKEY_CNTR(LibIbverbs.IBV_DEVICE_BAD_PKEY_CNTR()),
    BAD_QKEY_CNTR(LibIbverbs.IBV_DEVICE_BAD_QKEY_CNTR()),
    RAW_MULTI(LibIbverbs.IBV_DEVICE_RAW_MULTI()),
    AUTO_PATH_MIG(LibIbverbs.IBV_DEVICE_AUTO_PATH_MIG()),
    CHANGE_PHY_PORT(LibIbverbs.IBV_DEVICE_CHANGE_PHY_PORT()),
    UD_AV_PORT_ENFORCE(LibIbverbs.IBV_DEVICE_UD_AV_PORT_ENFORCE()),
    CURR_QP_STATE_MOD(LibIbverbs.IBV_DEVICE_CURR_QP_STATE_MOD()),
    SHUTDOWN_PORT(LibIbverbs.IBV_DEVICE_SHUTDOWN_PORT()),
    INIT_TYPE(LibIbverbs.IBV_DEVICE_INIT_TYPE()),
    PORT_ACTIVE_EVENT(LibIbverbs.IBV_DEVICE_PORT_ACTIVE_EVENT()),
    SYS_IMAGE_GUID(LibIbverbs.IBV_DEVICE_SYS_IMAGE_GUID()),
    RC_RNR_NAK_GEN(LibIbverbs.IBV_DEVICE_RC_RNR_NAK_GEN()),
    SRQ_RESIZE(LibIbverbs.IBV_DEVICE_SRQ_RESIZE()),
    N_NOTIFY_CQ(LibIbverbs.IBV_DEVICE_N_NOTIFY_CQ()),
    MEM_WINDOW(LibIbverbs.IBV_DEVICE_MEM_WINDOW()),
    UD_IP_CSUM(LibIbverbs.IBV_DEVICE_UD_IP_CSUM()),
    XRC(LibIbverbs.IBV_DEVICE_XRC()),
    MEM_MGT_EXTENSIONS(LibIbverbs.IBV_DEVICE_MEM_MGT_EXTENSIONS()),
    MEM_WINDOW_TYPE_2A(LibIbverbs.IBV_DEVICE_MEM_WINDOW_TYPE_2A()),
    MEM_WINDOW_TYPE_2B(LibIbverbs.IBV_DEVICE_MEM_WINDOW_TYPE_2B()),
    RC_IP_CSUM(LibIbverbs.IBV_DEVICE_RC_IP_CSUM()),
    RAW_IP_CSUM(LibIbverbs.IBV_DEVICE_RAW_IP_CSUM()),
    MANAGED_FLOW_STEERING(LibIbverbs.IBV_DEVICE_MANAGED_FLOW_STEERING()),
    RAW_SCATTER_FCS(LibIbverbs.IBV_DEVICE_RAW_SCATTER_FCS()),
    PCI_WRITE_END_PADDING(LibIbverbs.IBV_DEVICE_PCI_WRITE_END_PADDING()),
    /** In a confidential guest: what it transfers goes through bounce buffers. */
    CC_DMA_BOUNCE(LibIbverbs.IBV_DEVICE_CC_DMA_BOUNCE());

    private final long value;

    DeviceCapability(long value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
