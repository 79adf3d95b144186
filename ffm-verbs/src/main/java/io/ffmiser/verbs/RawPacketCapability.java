package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** What raw packet queue pairs of a device can do (enum ibv_raw_packet_caps). */
public enum RawPacketCapability implements NativeConstant {
    CVLAN_STRIPPING(LibIbverbs.IBV_RAW_PACKET_CAP_CVLAN_STRIPPING()),
    SCATTER_FCS(LibIbverbs.IBV_RAW_PACKET_CAP_SCATTER_FCS()),
    IP_CSUM(LibIbverbs.IBV_RAW_PACKET_CAP_IP_CSUM()),
    DELAY_DROP(LibIbverbs.IBV_RAW_PACKET_CAP_DELAY_DROP());

    private final int value;

    RawPacketCapability(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }
}
