package io.ffmiser.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code decode.sh}, which looks at the capture of each run of the lab, knows a broken packet from a good one. */
class DecodeTest {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SYN = 2;
    private static final int PUSH = 8;
    private static final int ACK = 16;
    private static final int CLIENT_PORT = 50_000; // no protocol of its own: 4000 is ICQ to tshark
    private static final int ISER_PORT = 3260;
    private static final int ROCE_PORT = 4791;

    /** An untagged DDP segment, the last one, of a Send without data (RFC 5040, 5041). */
    private static final byte[] SEND = {0x41, 0x43, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};

    private static final byte[] CUT_SEND = Arrays.copyOf(SEND, 6);

    @TempDir
    Path work;

    @Test
    @Tag("rxe")
    @Tag("guest")
    void shouldFailForTheCutPacket_whenItIsRoce() throws Exception {
        byte[] send = ByteBuffer.allocate(16).put(0, (byte) 4).array(); // BTH and ICRC of SEND Only, no payload

        try (Program good = decode("rxe", List.of(roce(send)), "infiniband")) {
            assertEquals(0, good.end(), good.output());
            assertTrue(good.output().contains("1 frames, 1 infiniband, 0 malformed"), good.output());
        }
        try (Program bad = decode("rxe", List.of(roce(send), roce(new byte[6])), "infiniband")) {
            assertNotEquals(0, bad.end(), bad.output());
            assertTrue(bad.output().contains("the first is frame 2"), bad.output());
        }
    }

    @Test
    @Tag("siw")
    @Tag("guest")
    void shouldFailForTheCutPacket_whenItIsIwarp() throws Exception {
        String[] protocols = {"iwarp_mpa", "iwarp_ddp_rdmap"};

        try (Program good = decode("siw", iwarp(1, fpdu(SEND)), protocols)) {
            assertEquals(0, good.end(), good.output());
            assertTrue(good.output().contains("3 iwarp_mpa, 1 iwarp_ddp_rdmap, 0 malformed"), good.output());
        }
        try (Program bad = decode("siw", iwarp(1, fpdu(CUT_SEND)), protocols)) {
            assertNotEquals(0, bad.end(), bad.output());
            assertTrue(bad.output().contains("the first is frame 3"), bad.output());
        }
    }

    @Test
    @Tag("siw")
    @Tag("guest")
    void shouldFailForTheCutPacketAlone_whenAConnectionHasThePortsOfAnEarlierOne() throws Exception {
        List<byte[]> frames = new ArrayList<>();
        for (int sequence : new int[] {0, 1_000_000}) {
            frames.add(frame(TCP, 1, 2, segment(SYN, CLIENT_PORT, ISER_PORT, sequence, 0, new byte[0])));
            frames.add(
                    frame(TCP, 2, 1, segment(SYN | ACK, ISER_PORT, CLIENT_PORT, sequence, sequence + 1, new byte[0])));
            frames.addAll(iwarp(sequence + 1, fpdu(SEND)));
        }

        try (Program good = decode("siw", frames, "iwarp_mpa")) {
            assertEquals(0, good.end(), good.output());
            assertTrue(good.output().contains("10 frames, 6 iwarp_mpa, 0 malformed"), good.output());
        }
        frames.removeLast();
        frames.add(iwarp(1_000_001, fpdu(CUT_SEND)).getLast());
        try (Program bad = decode("siw", frames, "iwarp_mpa")) {
            assertNotEquals(0, bad.end(), bad.output());
            assertTrue(bad.output().contains("the first is frame 10"), bad.output());
        }
    }

    @Test
    @Tag("siw")
    @Tag("guest")
    void shouldFail_whenAProtocolIsMissing() throws Exception {
        try (Program missing = decode("siw", List.of(roce(new byte[16])), "iwarp_mpa")) {
            assertNotEquals(0, missing.end(), missing.output());
            assertTrue(missing.output().contains("no iwarp_mpa in "), missing.output());
        }
    }

    private Program decode(String kind, List<byte[]> frames, String... protocols) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("lab/decode.sh", kind, capture(frames).toString()));
        command.addAll(List.of(protocols));
        return Program.start(command.toArray(String[]::new));
    }

    /** A file as libpcap writes them: pcap-savefile(5), Ethernet. */
    private Path capture(List<byte[]> frames) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());
        file.putInt(0xa1b2c3d4)
                .putShort((short) 2)
                .putShort((short) 4)
                .putLong(0)
                .putInt(65535)
                .putInt(1);
        for (byte[] frame : frames) {
            file.putLong(0).putInt(frame.length).putInt(frame.length).put(frame);
        }
        byte[] written = new byte[file.flip().remaining()];
        file.get(written);
        return Files.write(Files.createTempFile(work, "capture", ".pcap"), written);
    }

    private static byte[] roce(byte[] packet) {
        ByteBuffer udp = ByteBuffer.allocate(8 + packet.length);
        udp.putShort((short) CLIENT_PORT).putShort((short) ROCE_PORT);
        udp.putShort((short) udp.capacity()).putShort((short) 0).put(packet);
        return frame(UDP, 1, 2, udp.array());
    }

    /** What begins an MPA connection without markers (RFC 5044 section 7.1), and one FPDU; both sides number from the same sequence on. */
    private static List<byte[]> iwarp(int sequence, byte[] fpdu) {
        byte[] request = start("MPA ID Req Frame");
        byte[] reply = start("MPA ID Rep Frame");
        int afterRequest = sequence + request.length;
        int afterReply = sequence + reply.length;
        return List.of(
                frame(TCP, 1, 2, segment(PUSH | ACK, CLIENT_PORT, ISER_PORT, sequence, sequence, request)),
                frame(TCP, 2, 1, segment(PUSH | ACK, ISER_PORT, CLIENT_PORT, sequence, afterRequest, reply)),
                frame(TCP, 1, 2, segment(PUSH | ACK, CLIENT_PORT, ISER_PORT, afterRequest, afterReply, fpdu)));
    }

    private static byte[] start(String key) {
        ByteBuffer frame = ByteBuffer.allocate(20).put(key.getBytes(StandardCharsets.US_ASCII));
        return frame.put((byte) 0x40).put((byte) 1).array(); // CRC, revision 1
    }

    private static byte[] fpdu(byte[] ulpdu) {
        int padded = (2 + ulpdu.length + 3) / 4 * 4;
        ByteBuffer fpdu = ByteBuffer.allocate(padded + 4); // a CRC of zero is none
        return fpdu.putShort((short) ulpdu.length).put(ulpdu).array();
    }

    private static byte[] segment(int flags, int from, int to, int sequence, int acknowledged, byte[] payload) {
        ByteBuffer tcp = ByteBuffer.allocate(20 + payload.length);
        tcp.putShort((short) from).putShort((short) to).putInt(sequence).putInt(acknowledged);
        tcp.putShort((short) (0x5000 | flags)).putShort((short) 65000).putInt(0).put(payload);
        return tcp.array();
    }

    private static byte[] frame(int protocol, int from, int to, byte[] body) {
        ByteBuffer frame = ByteBuffer.allocate(34 + body.length);
        frame.position(12);
        frame.putShort((short) 0x0800).putShort((short) 0x4500).putShort((short) (20 + body.length));
        frame.putInt(0).put((byte) 64).put((byte) protocol).putShort((short) 0);
        frame.putInt(0x0a090000 + from).putInt(0x0a090000 + to).put(body);
        return frame.array();
    }
}
