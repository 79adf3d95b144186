package io.ffmiser.iwarp.mpa;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FpduTest {
    /** A Send on queue 0, offset 0, of 24 zero octets. */
    private static byte[] send(int msn) {
        byte[] ulpdu = Arrays.copyOf(MpaFrameTest.hex("4143 00000000 00000000"), 42);
        ulpdu[13] = (byte) msn;
        return ulpdu;
    }

    private static byte[] random(Random random, int length) {
        byte[] octets = new byte[length];
        random.nextBytes(octets);
        return octets;
    }

    private static ByteBuffer direct(byte[] octets) {
        return ByteBuffer.allocateDirect(octets.length).put(octets).flip();
    }

    /** One FPDU by the way of {@link FpduWriter#copy}. */
    private static byte[] copied(FpduWriter writer, byte[] ulpdu) {
        ByteBuffer out = ByteBuffer.allocateDirect(writer.maxOctets(ulpdu.length));
        ByteBuffer length = direct(new byte[] {(byte) (ulpdu.length >> 8), (byte) ulpdu.length});
        writer.begin(ulpdu.length);
        writer.copy(length, 0, 2, out);
        writer.copy(direct(ulpdu), 0, ulpdu.length, out);
        writer.finish(out);
        byte[] octets = new byte[out.flip().remaining()];
        out.get(octets);
        return octets;
    }

    private static byte[] stream(boolean crc, boolean markers, List<byte[]> ulpdus) {
        FpduWriter writer = new FpduWriter(crc, markers);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ulpdus.forEach(ulpdu -> out.writeBytes(copied(writer, ulpdu)));
        return out.toByteArray();
    }

    /** Receives a stream in pieces as the random source wants, until it ends or fails. */
    private static List<byte[]> received(FpduReceiver receiver, byte[] stream, @Nullable Random pieces) {
        List<byte[]> ulpdus = new ArrayList<>();
        ByteBuffer ulpdu = ByteBuffer.allocateDirect(0x10000);
        int at = 0;
        while (at < stream.length) {
            int count = pieces == null ? 1 : Math.min(stream.length - at, 1 + pieces.nextInt(700));
            ByteBuffer in = direct(Arrays.copyOfRange(stream, at, at + count));
            at += count;
            boolean more = true;
            while (more) {
                switch (receiver.advance(in)) {
                    case NEED_INPUT -> {
                        assertFalse(in.hasRemaining());
                        more = false;
                    }
                    case ULPDU -> {
                        if (receiver.allowsPlacing() && pieces != null && pieces.nextBoolean()) {
                            int placed = Math.min(in.remaining(), receiver.remaining());
                            ulpdu.put(ulpdu.position(), in, in.position(), placed);
                            receiver.placed(ulpdu, ulpdu.position(), placed);
                            ulpdu.position(ulpdu.position() + placed);
                            in.position(in.position() + placed);
                        } else {
                            receiver.take(in, ulpdu, Integer.MAX_VALUE);
                        }
                        more = in.hasRemaining() || receiver.remaining() == 0;
                    }
                    case END -> {
                        byte[] octets = new byte[ulpdu.flip().remaining()];
                        ulpdu.get(octets).clear();
                        assertEquals(receiver.ulpduLength(), octets.length);
                        ulpdus.add(octets);
                    }
                    case ERROR -> {
                        return ulpdus;
                    }
                }
            }
        }
        return ulpdus;
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> actual) {
        assertArrayEquals(expected.toArray(), actual.toArray());
    }

    @Test
    void shouldGiveTheTablesFigures_whenMulpduIsComputed() {
        int[][] table = {{536, 530, 522}, {1440, 1434, 1422}, {1448, 1442, 1430}, {1460, 1454, 1442}, {8948, 8942, 8870}
        };
        for (int[] row : table) {
            assertEquals(row[1], Fpdu.mulpdu(row[0], false));
            assertEquals(row[2], Fpdu.mulpdu(row[0], true));
            assertTrue(Fpdu.octets(row[1]) <= row[0]);
        }
        // RFC 5044 section 4.5: not below 128; section 3: not above 64768
        assertEquals(128, Fpdu.mulpdu(60, true));
        assertEquals(64768, Fpdu.mulpdu(1 << 20, false));
    }

    @Test
    void shouldSubtractTheRestAndEveryMarkerBegun_whenEmssIsNoMultiple() {
        // RFC 5044 section 4.5: MULPDU = EMSS - (6 + 4 * Ceiling(EMSS / 512) + EMSS mod 4), the middle term with
        // markers.
        int[][] table = {
            {1023, 1014, 1006}, {1024, 1018, 1010}, {1025, 1018, 1006}, {1461, 1454, 1442}, {1462, 1454, 1442}
        };
        for (int[] row : table) {
            assertEquals(row[1], Fpdu.mulpdu(row[0], false));
            assertEquals(row[2], Fpdu.mulpdu(row[0], true));
        }
    }

    @Test
    void shouldPadToFourOctets_whenUlpduHasAnyLength() {
        for (int length = 0; length < 70_000; length++) {
            int pad = Fpdu.padOctets(length);
            assertEquals(0, (2 + length + pad) % 4);
            assertTrue(pad >= 0 && pad < 4);
            assertEquals(2 + length + pad + 4, Fpdu.octets(length));
        }
    }

    @Test
    void shouldWriteZerosForThePad_whenUlpduHasAnyLength() {
        for (int length = 0; length < 9; length++) {
            byte[] ulpdu = new byte[length];
            Arrays.fill(ulpdu, (byte) 0xEE);
            byte[] fpdu = copied(new FpduWriter(false, false), ulpdu);
            byte[] expected = new byte[(2 + length + 3 & ~3) + 4];
            expected[1] = (byte) length;
            System.arraycopy(ulpdu, 0, expected, 2, length);
            assertArrayEquals(expected, fpdu);
        }
    }

    @Test
    void shouldGiveTheComputedCrc_whenThereIsNoMarker() {
        byte[] fpdu = copied(new FpduWriter(true, false), send(1));

        assertArrayEquals(MpaFrameTest.hex("b7243ec3"), Arrays.copyOfRange(fpdu, 44, 48));
    }

    @Test
    void shouldGiveTheOctetsOfFigures5And6_whenMarkersAreOn() {
        // RFC 5044 figures 5 and 6. Between the two, one FPDU of 440 octets brings the second marker behind the third's
        // DDP header.
        byte[] stream = stream(true, true, List.of(send(1), new byte[434], send(2)));

        assertArrayEquals(MpaFrameTest.hex("00000000 002a 4143"), Arrays.copyOf(stream, 8));
        assertArrayEquals(MpaFrameTest.hex("52239983"), Arrays.copyOfRange(stream, 48, 52));
        assertArrayEquals(MpaFrameTest.hex("002a 4143"), Arrays.copyOfRange(stream, 492, 496));
        assertArrayEquals(MpaFrameTest.hex("00000014"), Arrays.copyOfRange(stream, 512, 516));
        assertArrayEquals(MpaFrameTest.hex("84925898"), Arrays.copyOfRange(stream, 540, 544));
        assertEquals(544, stream.length);
        assertSame(List.of(send(1), new byte[434], send(2)), received(new FpduReceiver(true, true), stream, null));
    }

    @Test
    void shouldWriteZeroAndNotCheck_whenCrcIsOff() {
        byte[] fpdu = copied(new FpduWriter(false, false), send(1));
        assertArrayEquals(new byte[4], Arrays.copyOfRange(fpdu, 44, 48));
        fpdu[46] = 9;

        assertSame(List.of(send(1)), received(new FpduReceiver(false, false), fpdu, null));
    }

    @Test
    void shouldGiveTheSameTrailer_whenPiecesStayInPlace() {
        byte[] ulpdu = random(new Random(3), 1001);
        byte[] whole = copied(new FpduWriter(true, false), ulpdu);
        FpduWriter writer = new FpduWriter(true, false);
        ByteBuffer staging = direct(Arrays.copyOf(whole, 22));
        ByteBuffer payload = direct(ulpdu);
        ByteBuffer trailer = ByteBuffer.allocateDirect(7);

        writer.begin(ulpdu.length);
        writer.pass(staging, 0, 22);
        writer.pass(payload, 20, 500);
        writer.pass(payload, 520, 481);
        writer.finish(trailer);

        byte[] octets = new byte[trailer.flip().remaining()];
        trailer.get(octets);
        assertArrayEquals(Arrays.copyOfRange(whole, 1003, whole.length), octets);
        assertEquals(0, payload.position());
        assertEquals(1001, payload.limit());
    }

    @Test
    void shouldPutAMarkerEvery512Octets_whenFpdusHaveAnyLength() {
        Random random = new Random(4);
        List<byte[]> ulpdus = new ArrayList<>();
        List<Integer> starts = new ArrayList<>();
        FpduWriter writer = new FpduWriter(true, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < 2000; i++) {
            byte[] ulpdu = random(random, 1 + random.nextInt(i % 50 == 0 ? 64768 : 600));
            int start = out.size();
            starts.add(start % 512 == 0 ? start + 4 : start);
            ulpdus.add(ulpdu);
            out.writeBytes(copied(writer, ulpdu));
        }
        byte[] stream = out.toByteArray();
        int fpdu = 0;
        for (int at = 0; at < stream.length; at += 512) {
            while (fpdu + 1 < starts.size() && starts.get(fpdu + 1) <= at + 4) {
                fpdu++;
            }
            int pointer = Math.max(0, at - starts.get(fpdu));
            assertEquals(pointer, ByteBuffer.wrap(stream).getInt(at), "marker at " + at);
        }
        assertSame(ulpdus, received(new FpduReceiver(true, true), stream, new Random(5)));
    }

    @Test
    void shouldGiveTheSameUlpdus_whenCutAnywhere() {
        Random random = new Random(6);
        for (int mode = 0; mode < 4; mode++) {
            boolean crc = (mode & 1) != 0;
            boolean markers = (mode & 2) != 0;
            List<byte[]> ulpdus = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                ulpdus.add(random(random, 1 + random.nextInt(1500)));
            }
            byte[] stream = stream(crc, markers, ulpdus);

            assertSame(ulpdus, received(new FpduReceiver(crc, markers), stream, null));
            assertSame(ulpdus, received(new FpduReceiver(crc, markers), stream, random));
        }
    }

    @Test
    void shouldAcceptTheLongestLength_whenPeerSendsIt() {
        byte[] longest = random(new Random(8), 0xFFFF);

        assertSame(
                List.of(longest),
                received(new FpduReceiver(true, false), stream(true, false, List.of(longest)), new Random(9)));
    }

    @Test
    void shouldReportCrcAndDeliverNothing_whenAnyOctetIsDamaged() {
        byte[] good = stream(true, false, List.of(new byte[41], send(2)));
        for (int at = 0; at < good.length; at++) {
            byte[] damaged = good.clone();
            damaged[at] ^= 0x10;
            FpduReceiver receiver = new FpduReceiver(true, false);
            List<byte[]> ulpdus = received(receiver, damaged, new Random(at));

            assertEquals(at < 48 ? 0 : 1, ulpdus.size(), "octet " + at);
            // A damaged length may also leave it waiting for an end that does not come.
            boolean waits = receiver.error() == null && !receiver.atBoundary();
            assertTrue(receiver.error() == MpaError.CRC || (waits && (at < 2 || at == 48 || at == 49)), "octet " + at);
        }
    }

    @Test
    void shouldReportMarker_whenItDisagreesWithTheLength() {
        byte[] stream = stream(false, true, List.of(new byte[600]));
        stream[515] ^= 0x04;
        FpduReceiver receiver = new FpduReceiver(false, true);

        assertSame(List.of(), received(receiver, stream, new Random(1)));
        assertEquals(MpaError.MARKER, receiver.error());
    }

    @Test
    void shouldIgnoreReservedBits_whenMarkerHasThem() {
        byte[] stream = stream(false, true, List.of(new byte[600]));
        stream[512] = (byte) 0xFF;
        stream[515] |= 0x03;

        assertSame(List.of(new byte[600]), received(new FpduReceiver(false, true), stream, new Random(1)));
    }

    @Test
    void shouldKnowTheBoundary_whenStreamStops() {
        byte[] stream = stream(true, true, List.of(new byte[10]));
        for (int cut = 0; cut <= stream.length; cut++) {
            FpduReceiver receiver = new FpduReceiver(true, true);
            received(receiver, Arrays.copyOf(stream, cut), null);

            assertEquals(cut == 0 || cut == 4 || cut == stream.length, receiver.atBoundary(), "cut " + cut);
        }
    }

    @Test
    void shouldThrow_whenMoreIsPlacedThanRemains() {
        FpduReceiver receiver = new FpduReceiver(true, false);
        receiver.advance(direct(new byte[] {0, 20}));

        assertThrows(IllegalStateException.class, () -> receiver.placed(ByteBuffer.allocateDirect(32), 0, 21));
    }

    @Test
    void shouldNeverThrow_whenStreamsAreMutated() {
        Random random = new Random(10);
        int errors = 0;
        for (int round = 0; round < 3000; round++) {
            boolean crc = random.nextBoolean();
            boolean markers = random.nextBoolean();
            byte[] stream = stream(crc, markers, List.of(random(random, 300), random(random, 1 + random.nextInt(900))));
            for (int i = random.nextInt(3); i >= 0; i--) {
                stream[random.nextInt(stream.length)] = (byte) random.nextInt(256);
            }
            FpduReceiver receiver = new FpduReceiver(crc, markers);
            received(receiver, stream, random);
            errors += receiver.error() != null ? 1 : 0;
        }
        assertTrue(errors > 1000, errors + " errors");
    }

    @Test
    void shouldSayWhetherPiecesAreCopied_whenMarkersAreOnOrOff() {
        assertTrue(new FpduWriter(true, true).insertsMarkers());
        assertFalse(new FpduWriter(true, false).insertsMarkers());
    }

    /** A receiver that stands at the first octet of a ULPDU, and the input behind it. */
    private static ByteBuffer atUlpdu(FpduReceiver receiver, byte[] stream) {
        ByteBuffer in = direct(stream);
        assertEquals(FpduReceiver.Step.ULPDU, receiver.advance(in));
        return in;
    }

    @Test
    void shouldTakeAndSkipWhatIsSaid_whenThereIsMore() {
        for (boolean markers : new boolean[] {false, true}) {
            byte[] ulpdu = random(new Random(11), 1200);
            FpduReceiver receiver = new FpduReceiver(true, markers);
            ByteBuffer in = atUlpdu(receiver, stream(true, markers, List.of(ulpdu)));
            ByteBuffer out = ByteBuffer.allocateDirect(1200);

            assertEquals(0, receiver.take(in, out, 0));
            assertEquals(700, receiver.take(in, out, 700), "across a marker, where there are markers");
            assertEquals(500, receiver.remaining());
            assertEquals(
                    100, receiver.take(in, out.limit(800), Integer.MAX_VALUE), "no more than the destination holds");
            assertEquals(400, receiver.skip(in));
            assertEquals(FpduReceiver.Step.END, receiver.advance(in));

            byte[] taken = new byte[800];
            out.flip().get(taken);
            assertArrayEquals(Arrays.copyOf(ulpdu, 800), taken);
        }
    }

    @Test
    void shouldTakeNothingBehindAMarker_whenTheMarkerIsWrong() {
        byte[] stream = stream(false, true, List.of(new byte[600]));
        stream[515] ^= 0x04;
        FpduReceiver receiver = new FpduReceiver(false, true);
        ByteBuffer in = atUlpdu(receiver, stream);
        ByteBuffer out = ByteBuffer.allocateDirect(600);

        assertEquals(512 - 6, receiver.take(in, out, Integer.MAX_VALUE));
        assertEquals(0, receiver.take(in, out, Integer.MAX_VALUE));
        assertEquals(FpduReceiver.Step.ERROR, receiver.advance(in));
        assertEquals(512 - 6, out.position());
    }

    @Test
    void shouldCoverTheMarkerBetweenPadAndCrc_whenOneFallsThere() {
        // Marker 4, length 2, ULPDU 505, pad 1: the next marker stands right before the CRC.
        byte[] stream = stream(true, true, List.of(new byte[505]));
        assertEquals(520, stream.length);
        assertArrayEquals(MpaFrameTest.hex("000001fc"), Arrays.copyOfRange(stream, 512, 516));
        assertSame(List.of(new byte[505]), received(new FpduReceiver(true, true), stream, null));

        stream[512] ^= 1; // a reserved bit, which only the CRC guards
        FpduReceiver receiver = new FpduReceiver(true, true);
        assertSame(List.of(), received(receiver, stream, null));
        assertEquals(MpaError.CRC, receiver.error());
    }
}
