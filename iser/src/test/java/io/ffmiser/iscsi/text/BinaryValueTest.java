package io.ffmiser.iscsi.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinaryValueTest {
    @Test
    void shouldReadBothForms_whenPrefixAndDigitsAreOfEitherCase() {
        byte[] octets = {(byte) 0xde, (byte) 0xad, (byte) 0xbe, (byte) 0xef};
        assertEquals("0xdeadbeef", BinaryValue.encode(octets));
        assertArrayEquals(octets, BinaryValue.decode("0xdeadbeef"));
        assertArrayEquals(octets, BinaryValue.decode("0XDEadBEef"));
        assertArrayEquals(octets, BinaryValue.decode("0b3q2+7w=="));
        assertArrayEquals(octets, BinaryValue.decode("0B3q2+7w"));
    }

    @Test
    void shouldLeaveOutTheUpperHalf_whenHexDigitsAreOdd() {
        assertArrayEquals(new byte[] {0x1, 0x23}, BinaryValue.decode("0x123"));
        assertArrayEquals(new byte[] {0xf}, BinaryValue.decode("0xf"));
        assertArrayEquals(new byte[] {0, 1}, BinaryValue.decode("0x0001"));
    }

    @Test
    void shouldComeBack_whenAnyLengthIsEncoded() {
        Random random = new Random(5);
        for (int length = 1; length <= BinaryValue.MAX_LENGTH; length++) {
            byte[] octets = new byte[length];
            random.nextBytes(octets);
            assertArrayEquals(octets, BinaryValue.decode(BinaryValue.encode(octets)));
            assertArrayEquals(
                    octets, BinaryValue.decode("0b" + Base64.getEncoder().encodeToString(octets)));
        }
    }

    @Test
    void shouldRefuse_whenItIsLongerThan1024Octets() {
        byte[] octets = new byte[BinaryValue.MAX_LENGTH + 1];
        assertNull(BinaryValue.decode(BinaryValue.encode(octets)));
        assertNull(BinaryValue.decode("0b" + Base64.getEncoder().encodeToString(octets)));
        assertNull(BinaryValue.decode("0b" + "A".repeat(1_000_000)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0x",
                "0b",
                "0b=",
                "0b====",
                "deadbeef",
                "0xdeadbeeg",
                "0x de",
                "0x+1",
                "-0x12",
                "0b3q2-7w",
                "0b3",
                "0y00",
                "1x00",
                "0x\u0661\u0662",
                "0x\uff11"
            })
    void shouldRefuse_whenItIsNoBinaryValue(String value) {
        assertNull(BinaryValue.decode(value));
    }

    @Test
    void shouldNeverThrow_whenCharactersAreMutated() {
        Random random = new Random(6);
        String alphabet = "0xXbB123abcdefABCDEFghZ+/=-_ ,\0\u00e4";
        int decoded = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder value = new StringBuilder(i % 2 == 0 ? "0x00112233445566778899" : "0bABCDEFGHIJKLMNOP==");
            for (int change = random.nextInt(1, 4); change > 0; change--) {
                value.setCharAt(random.nextInt(value.length()), alphabet.charAt(random.nextInt(alphabet.length())));
            }
            byte[] octets = BinaryValue.decode(value.substring(0, random.nextInt(value.length() + 1)));
            if (octets != null) {
                assertArrayEquals(octets, BinaryValue.decode(BinaryValue.encode(octets)));
                decoded++;
            }
        }
        assertTrue(decoded > 1000 && decoded < 99_000, decoded + " decoded");
    }
}
