package io.ffmiser.iwarp.fuzz;

import io.ffmiser.iwarp.rdmap.SegmentWriter;
import io.ffmiser.iwarp.rdmap.Terminate;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The body of a Terminate: anything decodes, and what a known one says survives being sent on. */
public final class TerminateFuzz {
    private TerminateFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        Terminate terminate = Terminate.decode(ByteBuffer.wrap(input));
        if (terminate.message().isEmpty()) {
            throw new IllegalStateException("no message");
        }
        ByteBuffer out = ByteBuffer.allocate(SegmentWriter.MAX_TERMINATE_OCTETS);
        int octets = SegmentWriter.putTerminate(out, 0, terminate);
        Terminate again = Terminate.decode(out.limit(octets).position(SegmentWriter.UNTAGGED_OCTETS));
        if (terminate.code() != null
                && (!terminate.code().equals(again.code())
                        || again.segmentLength() != terminate.segmentLength()
                        || !Arrays.equals(again.ddpHeader(), terminate.ddpHeader())
                        || !Arrays.equals(again.readRequest(), terminate.readRequest()))) {
            throw new IllegalStateException(terminate + " became " + again);
        }
    }
}
