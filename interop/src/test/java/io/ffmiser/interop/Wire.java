package io.ffmiser.interop;

import java.io.IOException;
import java.time.Duration;

/** What can happen to the wire between the lab's two ends, at one of them. */
enum Wire {
    /** Nothing that the initiator sends arrives. */
    SILENT("modprobe sch_netem; tc qdisc add dev v0 root netem loss 100%", "tc qdisc del dev v0 root"),
    /** The initiator's link is down, and whoever looks sees it. */
    PULLED("ip link set v0 down", "ip link set v0 up; ip route replace 10.9.0.2 dev v0 src 10.9.0.1 table 100"),
    /** The target's link is down. */
    PULLED_AT_TARGET(
            "ip link set v1 down", "ip link set v1 up; ip route replace 10.9.0.1 dev v1 src 10.9.0.2 table 101");

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final String fail;
    private final String mend;

    Wire(String fail, String mend) {
        this.fail = fail;
        this.mend = mend;
    }

    /** Breaks it so. */
    void fail() throws IOException, InterruptedException {
        Program.shell(LIMIT, fail);
    }

    /** Makes it whole, whatever had been done to it. */
    static void mendAll() throws IOException, InterruptedException {
        for (Wire wire : values()) {
            Program.attempt(LIMIT, "bash", "-c", wire.mend); // what was not done cannot be undone
        }
    }

    /** Makes it whole. */
    void mend() throws IOException, InterruptedException {
        Program.shell(LIMIT, mend);
    }
}
