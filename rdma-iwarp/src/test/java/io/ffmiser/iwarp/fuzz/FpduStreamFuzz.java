package io.ffmiser.iwarp.fuzz;

import io.ffmiser.iwarp.mpa.FpduReceiver;
import io.ffmiser.iwarp.mpa.FpduWriter;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * An FPDU stream. The first octet says whether CRC (1) and markers (2) are on and whether what follows is the stream itself, or ULPDUs
 * that are framed first (4): those have to come out as they went in. A stream gives the same in one piece and byte by byte.
 */
public final class FpduStreamFuzz {
    private static final int MAX_ULPDU = 700;

    private FpduStreamFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        boolean crc = (input[0] & 1) != 0;
        boolean markers = (input[0] & 2) != 0;
        if ((input[0] & 4) == 0) {
            ByteBuffer stream = ByteBuffer.wrap(input, 1, input.length - 1).slice();
            Trace whole = receive(stream.duplicate(), stream.capacity(), crc, markers);
            Trace pieces = receive(stream.duplicate(), 1, crc, markers);
            if (!whole.equals(pieces)) {
                throw new IllegalStateException(whole + " in one piece, byte by byte " + pieces);
            }
        } else {
            roundTrip(input, crc, markers);
        }
    }

    private static void roundTrip(byte[] input, boolean crc, boolean markers) {
        FpduWriter writer = new FpduWriter(crc, markers);
        // An FPDU of one octet has eight, and a marker may come every 512.
        ByteBuffer stream = ByteBuffer.allocate(64 + 9 * input.length);
        ByteBuffer octets = ByteBuffer.wrap(input);
        CRC32C sum = new CRC32C();
        int count = 0;
        int at = 1;
        while (at < input.length) {
            int length = Math.min(1 + (input[at] & 0xFF) * 3, Math.min(MAX_ULPDU, input.length - at));
            writer.begin(length);
            writer.copy(ByteBuffer.allocate(2).putShort(0, (short) length), 0, 2, stream);
            writer.copy(octets, at, length, stream);
            writer.finish(stream);
            sum.update(input, at, length);
            at += length;
            count++;
        }
        Trace expected = new Trace(count, input.length - 1, sum.getValue(), false, true);
        Trace actual = receive(stream.flip(), 97, crc, markers);
        if (!expected.equals(actual)) {
            throw new IllegalStateException("sent " + expected + ", received " + actual);
        }
    }

    /** What came of a stream: whole ULPDUs, their octets and sum; and how it stopped. */
    private record Trace(int ulpdus, int octets, long sum, boolean failed, boolean atBoundary) {}

    private static Trace receive(ByteBuffer stream, int piece, boolean crc, boolean markers) {
        FpduReceiver receiver = new FpduReceiver(crc, markers);
        ByteBuffer ulpdu = ByteBuffer.allocate(0x10000);
        CRC32C sum = new CRC32C();
        int ulpdus = 0;
        int octets = 0;
        int end = stream.limit();
        while (stream.position() < end) {
            stream.limit(Math.min(end, stream.position() + Math.max(1, piece)));
            FpduReceiver.Step step = receiver.advance(stream);
            while (step != FpduReceiver.Step.NEED_INPUT) {
                if (step == FpduReceiver.Step.ERROR) {
                    return new Trace(ulpdus, octets, sum.getValue(), true, false);
                }
                if (step == FpduReceiver.Step.END) {
                    sum.update(ulpdu.flip());
                    octets += ulpdu.limit();
                    ulpdu.clear();
                    ulpdus++;
                } else {
                    receiver.take(stream, ulpdu, Integer.MAX_VALUE);
                    if (receiver.remaining() > 0 && !stream.hasRemaining()) {
                        break;
                    }
                }
                step = receiver.advance(stream);
            }
        }
        return new Trace(ulpdus, octets, sum.getValue(), false, receiver.atBoundary());
    }
}
