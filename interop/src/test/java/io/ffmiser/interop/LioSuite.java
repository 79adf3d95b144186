package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorOptions;
import io.ffmiser.initiator.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rows of every target, with LIO (ib_isert), the Linux kernel's own, and one of its own. */
abstract class LioSuite extends TargetSuite {
    private static final int LUN = 0;
    private static final long KEY = 0x15e2;
    private static final int REGISTER = 0;
    private static final int RESERVE = 1;
    private static final int RELEASE = 2;
    private static final int GOOD = 0;
    private static final int RESERVATION_CONFLICT = 0x18;
    private static final byte[] READ_10 = {0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    private static final byte[] WRITE_10 = {0x2a, 0, 0, 0, 0, 0, 0, 0, 1, 0};

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

    @Test
    @Tag("long")
    void shouldSeeTheConflict_whenAnotherInitiatorHoldsTheReservation() throws Exception {
        String otherName = INITIATOR + "-3";
        peer().admit(otherName);
        try (Initiator initiator = initiator(observed());
                Initiator other = Initiator.callerDriven(InitiatorOptions.of(otherName, observed()));
                Session holder = initiator.login(options());
                Session stranger = other.login(options())) {
            holder.capacity(LUN);
            stranger.capacity(LUN);
            reserve(holder, REGISTER, 0, KEY);
            reserve(holder, RESERVE, KEY, 0);
            byte[] block = new byte[BLOCK];
            assertEquals(
                    RESERVATION_CONFLICT,
                    stranger.execute(LUN, WRITE_10, block, 0).status());
            assertEquals(
                    GOOD, stranger.execute(LUN, READ_10, new byte[0], BLOCK).status());
            byte[] mine = image.at(0, BLOCK);
            assertEquals(GOOD, holder.execute(LUN, WRITE_10, mine, 0).status());
            reserve(holder, RELEASE, KEY, 0);
            assertEquals(GOOD, stranger.execute(LUN, WRITE_10, mine, 0).status());
            reserve(holder, REGISTER, KEY, 0);
        }
        assertSameContents();
    }

    /** PERSISTENT RESERVE OUT for Write Exclusive (SPC-4 section 6.16). */
    private static void reserve(Session session, int action, long key, long newKey) {
        byte[] cdb = {0x5f, (byte) action, 1, 0, 0, 0, 0, 0, 24, 0};
        byte[] parameters = ByteBuffer.allocate(24).putLong(key).putLong(newKey).array();
        assertEquals(GOOD, session.execute(LUN, cdb, parameters, 0).status());
    }
}
