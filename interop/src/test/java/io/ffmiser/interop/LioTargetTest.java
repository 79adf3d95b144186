package io.ffmiser.interop;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Tag;

/** LIO with ib_isert, the Linux kernel's own target. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class LioTargetTest extends TargetSuite {
    @Override
    PeerTarget open() throws IOException, InterruptedException {
        return LioTarget.start(DISK_BYTES);
    }

    @Override
    Map<String, String> expectedKeys() {
        return Map.ofEntries(
                Map.entry("RDMAExtensions", "Yes"),
                Map.entry("HeaderDigest", "None"),
                Map.entry("DataDigest", "None"),
                Map.entry("InitialR2T", "Yes"),
                Map.entry("ImmediateData", "No"),
                Map.entry("FirstBurstLength", "65536"),
                Map.entry("MaxBurstLength", "262144"),
                Map.entry("InitiatorRecvDataSegmentLength", "1024"),
                Map.entry("TargetRecvDataSegmentLength", "8192"),
                Map.entry("MaxOutstandingUnexpectedPDUs", "0"),
                Map.entry("TaggedBufferForSolicitedDataOnly", "Yes"),
                Map.entry("iSERHelloRequired", "No"),
                Map.entry("ErrorRecoveryLevel", "0"));
    }
}
