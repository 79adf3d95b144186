package io.ffmiser.iscsi.text;

import static org.junit.jupiter.api.Assertions.*;

import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.ProtocolError;
import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextFormatTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<KeyValue> pairs(String text) {
        return switch (TextFormat.decode(utf8(text))) {
            case Decoded.Value<List<KeyValue>>(List<KeyValue> pairs) -> pairs;
            case Decoded.Malformed<List<KeyValue>>(ProtocolError error) -> throw new AssertionError(error);
        };
    }

    @Test
    void shouldReadPairs_whenTextIsRight() {
        assertEquals(
                List.of(
                        new KeyValue("InitiatorAlias", "büro=1"),
                        new KeyValue("SendTargets", ""),
                        new KeyValue("X#NodeArchitecture", "a,b")),
                pairs("InitiatorAlias=büro=1\0SendTargets=\0X#NodeArchitecture=a,b\0"));
        assertEquals(List.of(), pairs(""));
        assertEquals(List.of(new KeyValue("A", "1"), new KeyValue("B", "2")), pairs("A=1\0\0\0B=2\0\0"));
    }

    @Test
    void shouldWriteWhatItReads() {
        String text = "InitialR2T=Yes\0MaxBurstLength=262144\0";

        assertArrayEquals(utf8(text), TextFormat.encode(pairs(text)));
    }

    @Test
    void shouldRefuse_whenTextIsWrong() {
        for (String text : List.of(
                "A=1",
                "A=1\0B",
                "A\0",
                "=1\0",
                "1A=x\0",
                "A B=x\0",
                "K".repeat(64) + "=1\0",
                "K\u00e4=1\0",
                "A=1\0".repeat(257))) {
            assertInstanceOf(Decoded.Malformed.class, TextFormat.decode(utf8(text)), text);
        }
        assertInstanceOf(Decoded.Malformed.class, TextFormat.decode(new byte[] {'A', '=', (byte) 0xff, 0}));
        assertEquals(1, pairs("K".repeat(63) + "=1\0").size());
    }

    /** RFC 7143 section 6.1: letters first, then also digits and . - + @ _ and # of X#. */
    @Test
    void shouldKnowTheCharactersOfAKey_atTheEndsOfTheirRanges() {
        for (String key : List.of("A", "Z", "a", "z", "A0", "A9", "AZaz09.-+@_#")) {
            assertEquals(List.of(new KeyValue(key, "")), pairs(key + "=\0"));
        }
        for (char c : "@[`{/:#.0".toCharArray()) {
            assertInstanceOf(Decoded.Malformed.class, TextFormat.decode(utf8(c + "=\0")), String.valueOf(c));
        }
        for (char c : "[`{/:, \u007f".toCharArray()) {
            assertInstanceOf(Decoded.Malformed.class, TextFormat.decode(utf8("A" + c + "=\0")), String.valueOf(c));
        }
    }

    @Test
    void shouldNeverThrow_whenMutated() {
        byte[] text = utf8("InitiatorName=iqn.2026-11.io.ffmiser:x\0MaxBurstLength=0x1000\0AuthMethod=None\0");
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = Arrays.copyOf(text, random.nextInt(text.length + 1));
            for (int n = 0; n < 3 && mutated.length > 0; n++) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            assertNotNull(TextFormat.decode(mutated));
        }
    }

    @Test
    void shouldJoin_whenTextComesOctetByOctet() {
        byte[] text = utf8("InitialR2T=Yes\0MaxBurstLength=262144\0");
        TextAssembler assembler = new TextAssembler(text.length);
        for (byte octet : text) {
            assertNull(assembler.append(new byte[] {octet}));
        }
        assertNotNull(assembler.append(new byte[1]));
        assertArrayEquals(text, assembler.take());
        assertEquals(0, assembler.take().length);
    }

    @Test
    void shouldCut_whenTextIsLongerThanASegment() {
        TextSegments segments = new TextSegments(4);
        segments.start(utf8("123456789"));
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int count = 0;
        while (segments.hasMore()) {
            joined.writeBytes(segments.next());
            count++;
        }
        assertEquals(3, count);
        assertEquals("123456789", joined.toString(StandardCharsets.UTF_8));
        assertEquals(0, segments.next().length);
    }

    @Test
    void shouldReadNumbers_whenDecimalOrHexadecimal() {
        assertEquals(0, NumericalValue.parse("0"));
        assertEquals(262144, NumericalValue.parse("262144"));
        assertEquals(0xFfFf, NumericalValue.parse("0xFfFf"));
        assertEquals(10, NumericalValue.parse("0X0a"));
        assertEquals(1, NumericalValue.parse("0".repeat(39) + "1"));
        assertEquals(Long.MAX_VALUE, NumericalValue.parse("9223372036854775807"));
        for (String wrong : List.of(
                "",
                "0x",
                "-1",
                "+1",
                "1 ",
                "1.0",
                "9223372036854775808",
                "0x8000000000000000",
                "\u0661",
                "1e3",
                "0".repeat(41))) {
            assertEquals(-1, NumericalValue.parse(wrong), wrong);
        }
    }

    @Test
    void shouldKnowNames_whenOfTheThreeForms() {
        for (String name : List.of(
                "iqn.1991-05.com.microsoft:host",
                "iqn.2026-11.io.ffmiser",
                "eui.02004567A425678D",
                "naa.52004567BA64678D",
                "naa.62004567BA64678D0123456789ABCDEF")) {
            assertTrue(IscsiName.isValid(name), name);
        }
        for (String name : List.of(
                "",
                "iqn.",
                "iqn.2026-11.",
                "iqn.26-11.x",
                "disk",
                "eui.0200",
                "naa.1",
                "iqn.2026-11.a b",
                "iqn.2026-11." + "x".repeat(212))) {
            assertFalse(IscsiName.isValid(name), name);
        }
        assertTrue(IscsiName.isValid("iqn.2026-11." + "x".repeat(211)));
    }

    @Test
    void shouldCheckValues_byTypeAndRange() {
        assertTrue(TextKey.MAX_BURST_LENGTH.isValid("512"));
        assertTrue(TextKey.MAX_BURST_LENGTH.isValid("0xffffff"));
        assertFalse(TextKey.MAX_BURST_LENGTH.isValid("511"));
        assertFalse(TextKey.MAX_BURST_LENGTH.isValid("16777216"));
        assertTrue(TextKey.MAX_OUTSTANDING_UNEXPECTED_PDUS.isValid("0"));
        assertTrue(TextKey.MAX_OUTSTANDING_UNEXPECTED_PDUS.isValid("4294967295"));
        assertFalse(TextKey.MAX_OUTSTANDING_UNEXPECTED_PDUS.isValid("1"));
        assertFalse(TextKey.INITIAL_R2T.isValid("yes"));
        assertTrue(TextKey.INITIATOR_ALIAS.isValid("x".repeat(255)));
        assertFalse(TextKey.INITIATOR_ALIAS.isValid("x".repeat(256)));
        assertTrue(TextKey.HEADER_DIGEST.isValid("CRC32C,None"));
        assertFalse(TextKey.HEADER_DIGEST.isValid("CRC32C,"));
        assertTrue(TextKey.HEADER_DIGEST.isValid("x".repeat(255) + ",None"));
        assertFalse(TextKey.HEADER_DIGEST.isValid("None," + "x".repeat(256)));
        for (TextKey key : TextKey.values()) {
            assertEquals(key, TextKey.of(key.keyName()));
            assertTrue(key.defaultValue().isEmpty() || key.isValid(key.defaultValue()), key.keyName());
        }
    }

    @Test
    void shouldSplitAtPairs_whenSendTargetsAnswerIsLong() throws Exception {
        List<String> skipped = new ArrayList<>();
        List<SendTargets.Entry> entries = new ArrayList<>();
        String v4 = SendTargets.address(InetAddress.getByName("192.0.2.1"), 3260, 1);
        String v6 = SendTargets.address(InetAddress.getByName("2001:db8::5"), 3261, 2);
        assertEquals("192.0.2.1:3260,1", v4);
        assertEquals("[2001:db8:0:0:0:0:0:5]:3261,2", v6);
        for (int i = 0; i < 50; i++) {
            entries.add(new SendTargets.Entry("iqn.2026-11.io.ffmiser:disk" + i, List.of(v4, v6)));
        }
        entries.add(new SendTargets.Entry("iqn.2026-11.io.ffmiser:here", List.of()));

        List<byte[]> segments = SendTargets.encode(entries, 512);

        assertTrue(segments.size() > 5);
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] segment : segments) {
            assertTrue(segment.length <= 512);
            assertEquals(0, segment[segment.length - 1]);
            joined.writeBytes(segment);
        }
        assertEquals(new Decoded.Value<>(entries), SendTargets.decode(joined.toByteArray(), 51, skipped));
        assertInstanceOf(Decoded.Malformed.class, SendTargets.decode(joined.toByteArray(), 50, skipped));
        assertEquals(1, SendTargets.encode(List.of(), 512).size());
        assertEquals(new Decoded.Value<>(List.of()), SendTargets.decode(new byte[0], 1, skipped));
        assertTrue(skipped.isEmpty());
        for (String wrong : List.of("TargetAddress=1\0", "TargetName")) {
            assertInstanceOf(Decoded.Malformed.class, SendTargets.decode(utf8(wrong), 5, skipped), wrong);
        }
        SendTargets.Entry good = new SendTargets.Entry("iqn.2026-11.A", List.of());
        assertEquals(
                new Decoded.Value<>(List.of(good)),
                SendTargets.decode(
                        utf8("TargetName=x\0TargetAddress=1\0TargetName=iqn.2026-11.A\0Other=1\0?\0"), 5, skipped));
        assertEquals(List.of("?", "TargetName=x", "Other=1"), skipped);
    }

    @Test
    void shouldFillASegment_whenAPairEndsWhereItDoes() {
        SendTargets.Entry first = new SendTargets.Entry("iqn.2026-11.a", List.of());
        int length = "TargetName=iqn.2026-11.a\0".length();

        assertEquals(1, SendTargets.encode(List.of(first), length).size());
        assertEquals(1, SendTargets.encode(List.of(first, first), 2 * length).size());
        assertEquals(
                2, SendTargets.encode(List.of(first, first), 2 * length - 1).size());
        assertThrows(IllegalArgumentException.class, () -> SendTargets.encode(List.of(first), length - 1));
    }

    /** RFC 7143 section 13.8: a scope is of one machine and means nothing to a peer. */
    @Test
    void shouldLeaveOutTheScope_whenAnAddressIsLinkLocal() throws Exception {
        byte[] linkLocal = new byte[16];
        linkLocal[0] = (byte) 0xfe;
        linkLocal[1] = (byte) 0x80;
        linkLocal[15] = 1;

        assertEquals(
                "[fe80:0:0:0:0:0:0:1]:3260,1",
                SendTargets.address(Inet6Address.getByAddress(null, linkLocal, 1), 3260, 1));
    }
}
