package io.ffmiser.examples.verbs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.Gid;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PingpongAddressTest {
    /** What ibv_rc_pingpong writes: digits without a prefix, and the string's zero byte. */
    private static final byte[] WIRE =
            "0000:000011:a1b2c3:00000000000000000000ffff0a090001\0".getBytes(StandardCharsets.US_ASCII);

    private static final PingpongAddress ADDRESS = new PingpongAddress(0, 0x11, 0xa1b2c3, Gid.parse("::ffff:10.9.0.1"));

    @Test
    void shouldWriteTheTextOfTheCProgram_whenSent() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        ADDRESS.send(out);

        assertArrayEquals(WIRE, out.toByteArray());
    }

    @Test
    void shouldReadTheTextOfTheCProgram_whenReceived() throws IOException {
        assertEquals(ADDRESS, PingpongAddress.receive(new ByteArrayInputStream(WIRE)));
    }

    @Test
    void shouldSayThatThePeerWentAway_whenTheTextEndsEarly() {
        for (int length = 0; length < WIRE.length; length++) {
            byte[] begin = Arrays.copyOf(WIRE, length);
            assertThrows(EOFException.class, () -> PingpongAddress.receive(new ByteArrayInputStream(begin)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0000:000011:a1b2c3",
                "0000:000011:a1b2c3:00",
                "0000:zzzzzz:a1b2c3:00000000000000000000ffff0a090001",
                "0000:000011:a1b2c3:00000000000000000000ffff0a090001:1"
            })
    void shouldQuoteTheText_whenItIsNoAddress(String text) {
        Exception refused = assertThrows(IllegalArgumentException.class, () -> PingpongAddress.parse(text));

        assertTrue(String.valueOf(refused.getMessage()).endsWith("but " + text), refused.getMessage());
    }
}
