package io.ffmiser.iwarp.fuzz;

import io.ffmiser.iwarp.ddp.UntaggedReceiveState;
import io.ffmiser.iwarp.mpa.FpduReceiver;
import io.ffmiser.iwarp.mpa.FpduWriter;
import io.ffmiser.iwarp.mpa.TerminateCode;
import io.ffmiser.iwarp.rdmap.RdmapOpcode;
import io.ffmiser.iwarp.rdmap.ReadResponseState;
import io.ffmiser.iwarp.rdmap.SegmentReceiver;
import io.ffmiser.iwarp.rdmap.SegmentWriter;
import io.ffmiser.iwarp.rdmap.Terminate;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Segments as a peer may make them, each octet of DDP and RDMAP its own choice: the input is a row of {@code length 1, ULPDU}, framed
 * with right CRCs. Each segment ends or fails, once; payload stays within its segment; nothing follows a failure; and the Terminate that
 * a failure calls for can be sent and read.
 */
public final class SegmentFuzz {
    private SegmentFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        SegmentReceiver receiver = new SegmentReceiver(new FpduReceiver(true, false));
        FpduWriter writer = new FpduWriter(true, false);
        UntaggedReceiveState sends = new UntaggedReceiveState();
        ReadResponseState reads = new ReadResponseState();
        ByteBuffer octets = ByteBuffer.wrap(input);
        ByteBuffer fpdu = ByteBuffer.allocate(300);
        ByteBuffer payload = ByteBuffer.allocate(256);
        int at = 0;
        boolean failed = false;
        while (at < input.length) {
            int length = Math.min(input[at] & 0xFF, input.length - at - 1);
            fpdu.clear();
            writer.begin(length);
            writer.copy(ByteBuffer.allocate(2).putShort(0, (short) length), 0, 2, fpdu);
            writer.copy(octets, at + 1, length, fpdu);
            writer.finish(fpdu);
            at += 1 + length;
            boolean ended = receive(receiver, sends, reads, fpdu.flip(), payload.clear(), failed);
            if (!failed && !ended) {
                failed = true;
                checkTerminate(receiver.terminate());
            }
        }
    }

    /** True if the segment ended well. */
    private static boolean receive(
            SegmentReceiver receiver,
            UntaggedReceiveState sends,
            ReadResponseState reads,
            ByteBuffer fpdu,
            ByteBuffer payload,
            boolean failed) {
        int segments = 0;
        int ends = 0;
        int errors = 0;
        SegmentReceiver.Step step;
        do {
            step = receiver.advance(fpdu);
            switch (step) {
                case SEGMENT -> {
                    segments++;
                    TerminateCode wrong = check(receiver, sends, reads);
                    if (wrong != null) {
                        receiver.refuse(wrong);
                    }
                }
                case PAYLOAD -> receiver.takePayload(fpdu, payload);
                case END -> ends++;
                case ERROR -> errors++;
                case NEED_INPUT -> {}
            }
        } while (step != SegmentReceiver.Step.NEED_INPUT);
        int expected = failed ? 0 : 1;
        if (fpdu.hasRemaining() || ends + errors != expected || segments < ends || segments > expected) {
            throw new IllegalStateException(segments + " segments, " + ends + " ends, " + errors + " errors");
        }
        if (ends == 1 && payload.position() != receiver.payloadLength()) {
            throw new IllegalStateException(payload.position() + " of " + receiver.payloadLength() + " octets");
        }
        return ends == 1;
    }

    private static @Nullable TerminateCode check(
            SegmentReceiver receiver, UntaggedReceiveState sends, ReadResponseState reads) {
        RdmapOpcode opcode = receiver.opcode();
        if (opcode.isSend()) {
            return sends.admit(
                    receiver.msn(), receiver.messageOffset(), receiver.payloadLength(), receiver.isLast(), 400);
        }
        if (opcode == RdmapOpcode.READ_REQUEST) {
            reads.expect(receiver.readSinkStag(), receiver.readSinkOffset(), receiver.readSize());
        } else if (opcode == RdmapOpcode.READ_RESPONSE) {
            return reads.admit(receiver.stag(), receiver.taggedOffset(), receiver.payloadLength(), receiver.isLast());
        } else if (opcode == RdmapOpcode.TERMINATE) {
            checkTerminate(receiver.receivedTerminate());
        }
        return null;
    }

    private static void checkTerminate(Terminate terminate) {
        ByteBuffer out = ByteBuffer.allocate(SegmentWriter.MAX_TERMINATE_OCTETS);
        int octets = SegmentWriter.putTerminate(out, 0, terminate);
        Terminate again = Terminate.decode(out.limit(octets).position(SegmentWriter.UNTAGGED_OCTETS));
        if (terminate.code() != null && !terminate.code().equals(again.code())) {
            throw new IllegalStateException(terminate.message() + " became " + again.message());
        }
    }
}
