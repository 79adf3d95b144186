package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.NativeLibrary;

/** A limit on how fast one address is sent to (enum ibv_rate, ibv_rate_to_mbps(3)). */
public enum Rate implements NativeConstant {
    /** As fast as the port. */
    MAX(LibIbverbs.IBV_RATE_MAX()),
    GBPS_2_5(LibIbverbs.IBV_RATE_2_5_GBPS()),
    GBPS_5(LibIbverbs.IBV_RATE_5_GBPS()),
    GBPS_10(LibIbverbs.IBV_RATE_10_GBPS()),
    GBPS_14(LibIbverbs.IBV_RATE_14_GBPS()),
    GBPS_20(LibIbverbs.IBV_RATE_20_GBPS()),
    GBPS_25(LibIbverbs.IBV_RATE_25_GBPS()),
    GBPS_28(LibIbverbs.IBV_RATE_28_GBPS()),
    GBPS_30(LibIbverbs.IBV_RATE_30_GBPS()),
    GBPS_40(LibIbverbs.IBV_RATE_40_GBPS()),
    GBPS_50(LibIbverbs.IBV_RATE_50_GBPS()),
    GBPS_56(LibIbverbs.IBV_RATE_56_GBPS()),
    GBPS_60(LibIbverbs.IBV_RATE_60_GBPS()),
    GBPS_80(LibIbverbs.IBV_RATE_80_GBPS()),
    GBPS_100(LibIbverbs.IBV_RATE_100_GBPS()),
    GBPS_112(LibIbverbs.IBV_RATE_112_GBPS()),
    GBPS_120(LibIbverbs.IBV_RATE_120_GBPS()),
    GBPS_168(LibIbverbs.IBV_RATE_168_GBPS()),
    GBPS_200(LibIbverbs.IBV_RATE_200_GBPS()),
    GBPS_300(LibIbverbs.IBV_RATE_300_GBPS()),
    GBPS_400(LibIbverbs.IBV_RATE_400_GBPS()),
    GBPS_600(LibIbverbs.IBV_RATE_600_GBPS()),
    GBPS_800(LibIbverbs.IBV_RATE_800_GBPS()),
    GBPS_1200(LibIbverbs.IBV_RATE_1200_GBPS());

    private final int value;

    Rate(int value) {
        this.value = value;
    }

    @Override
    public long value() {
        return value;
    }

    /** Megabits a second; 0 for {@link #MAX}. */
    public int megabitsPerSecond() {
        return NativeLibrary.IBVERBS.call("ibv_rate_to_mbps", () -> LibIbverbs.ibv_rate_to_mbps(value));
    }

    /** Multiples of 2.5 Gbit/s (ibv_rate_to_mult(3)); -1 for {@link #MAX} and where it is none. */
    public int multiple() {
        return NativeLibrary.IBVERBS.call("ibv_rate_to_mult", () -> LibIbverbs.ibv_rate_to_mult(value));
    }

    /** The rate of exactly so many megabits a second; {@link #MAX} where there is none. */
    public static Rate ofMegabitsPerSecond(int megabits) {
        return Constants.find(
                Rate.class,
                NativeLibrary.IBVERBS.call("mbps_to_ibv_rate", () -> LibIbverbs.mbps_to_ibv_rate(megabits)),
                MAX);
    }

    /** The rate of exactly so many times 2.5 Gbit/s; {@link #MAX} where there is none. */
    public static Rate ofMultiple(int multiple) {
        return Constants.find(
                Rate.class,
                NativeLibrary.IBVERBS.call("mult_to_ibv_rate", () -> LibIbverbs.mult_to_ibv_rate(multiple)),
                MAX);
    }
}
