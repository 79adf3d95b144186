package io.ffmiser.interop;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** tgt's iSER, a target in user space over libibverbs. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class TgtTargetTest extends TargetSuite {
    @Override
    PeerTarget open() throws IOException, InterruptedException {
        return TgtTarget.start(DISK_BYTES);
    }

    @Override
    Map<String, String> expectedKeys() {
        return Map.ofEntries(
                Map.entry("RDMAExtensions", "Yes"),
                Map.entry("HeaderDigest", "None"),
                Map.entry("DataDigest", "None"),
                Map.entry("InitialR2T", "Yes"),
                Map.entry("ImmediateData", "No"),
                Map.entry("ErrorRecoveryLevel", "0"));
    }

    /**
     * tgt 1.0.85 keeps a connection for ever, and so its session, of which a command was aborted while the disk was at it: a reference to it is
     * never given back (its log: "refcnt:2" after TIMEWAIT_EXIT). The other rows count sessions, so they get a new tgtd.
     */
    @Override
    void afterReset() throws IOException, InterruptedException {
        peer().stop();
        peer().start();
    }

    /**
     * tgt 1.0.85 spoils a write of which everything is unsolicited and stands in more than one Data-Out: it puts the pieces together in the
     * buffer of the last of them, over what that one has, and beyond its end (iser_scsi_cmd_iosubmit of usr/iscsi/iser.c). Only one piece is
     * sent here; by default tgt wants none.
     */
    @Override
    int[] unsolicitedSizes() {
        return new int[] {512, 4096, 8192, 131_072, 196_608};
    }
}
