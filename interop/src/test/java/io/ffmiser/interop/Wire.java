package io.ffmiser.interop;

import java.io.IOException;
import java.time.Duration;

/** What can happen to the wire between the lab's two ends, at the initiators' end. */
enum Wire {
    /** Nothing that the initiator sends arrives. */
    SILENT("modprobe sch_netem; tc qdisc add dev %1$s root netem loss 100%%", "tc qdisc del dev %1$s root"),
    /** The link is down, and whoever looks sees it. */
    PULLED("ip link set %1$s down", "ip link set %1$s up; ip route replace 10.9.0.2 dev %1$s src 10.9.0.1 table 100");

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final String fail;
    private final String mend;

    Wire(String fail, String mend) {
        this.fail = fail;
        this.mend = mend;
    }

    /** Breaks it so. */
    void fail() throws IOException, InterruptedException {
        Program.shell(LIMIT, fail.formatted(Lab.INITIATOR_INTERFACE));
    }

    /** Makes it whole. */
    void mend() throws IOException, InterruptedException {
        Program.shell(LIMIT, mend.formatted(Lab.INITIATOR_INTERFACE));
    }
}
