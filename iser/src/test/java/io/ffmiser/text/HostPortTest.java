package io.ffmiser.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HostPortTest {
    @Test
    void shouldTellHostAndPort_whenTheFormIsOneOfThose() {
        Map<String, HostPort> right = Map.ofEntries(
                Map.entry("h", new HostPort("h", 3260)),
                Map.entry("h:1", new HostPort("h", 1)),
                Map.entry("disks.example:65535", new HostPort("disks.example", 65_535)),
                Map.entry("192.0.2.7:860", new HostPort("192.0.2.7", 860)),
                Map.entry("::1", new HostPort("::1", 3260)),
                Map.entry("[::1]", new HostPort("::1", 3260)),
                Map.entry("[::1]:860", new HostPort("::1", 860)),
                Map.entry("::ffff:192.0.2.7", new HostPort("::ffff:192.0.2.7", 3260)),
                Map.entry("fe80::1%eth0", new HostPort("fe80::1%eth0", 3260)),
                Map.entry("[fe80::1%2]:5", new HostPort("fe80::1%2", 5)));
        right.forEach((text, expected) -> assertEquals(expected, HostPort.parse(text, 3260), text));
    }

    @Test
    void shouldWantBrackets_whenOtherTextFollows() {
        assertEquals(new HostPort("::1", 860), HostPort.parseBracketed("[::1]:860", 3260));
        assertEquals(new HostPort("h", 3260), HostPort.parseBracketed("h", 3260));
        String refused = assertThrows(IllegalArgumentException.class, () -> HostPort.parseBracketed("::1", 3260))
                .toString();
        assertTrue(refused.endsWith("an IPv6 address needs brackets: [::1]"), refused);
        assertEquals("[::1]", new HostPort("::1", 5).hostText());
        assertEquals("192.0.2.7", new HostPort("192.0.2.7", 5).hostText());
    }

    @Test
    void shouldSayWhatIsWrong_whenItHasNoSuchForm() {
        Map<String, String> wrong = Map.ofEntries(
                Map.entry("", "the host is empty"),
                Map.entry(":5", "the host is empty"),
                Map.entry("[]", "'' in brackets is not an IPv6 address"),
                Map.entry("[h]:5", "'h' in brackets is not an IPv6 address"),
                Map.entry("[192.0.2.7]", "is not an IPv6 address"),
                Map.entry("[::1%]", "is not an IPv6 address"),
                Map.entry("[::1", "not closed"),
                Map.entry("[::1]5", "'5' after the bracket is no :port"),
                Map.entry("[::1]]", "after the bracket is no :port"),
                Map.entry("[::1]:", "the port '' is not a number"),
                Map.entry("h:", "the port '' is not a number"),
                Map.entry("h:5x", "the port '5x' is not a number"),
                Map.entry("h:5 ", "the port '5 ' is not a number"),
                Map.entry("h:-5", "the port '-5' is not a number"),
                Map.entry("h:\u0665", "is not a number"),
                Map.entry("h:0", "the port is 1 to 65535: 0"),
                Map.entry("h:65536", "the port is 1 to 65535: 65536"),
                Map.entry("h:4294967297", "is not a number"),
                Map.entry("h:5:6", "several colons"),
                Map.entry("1:2:3:4:5:6:7:8:9", "several colons"),
                Map.entry(" h", "' h' is not a name or address of a host"),
                Map.entry("h/x", "is not a name or address"),
                Map.entry("h]", "is not a name or address"),
                Map.entry("h%eth0", "is not a name or address"));
        wrong.forEach((text, words) -> {
            IllegalArgumentException thrown =
                    assertThrows(IllegalArgumentException.class, () -> HostPort.parse(text, 3260), text);
            assertTrue(thrown.toString().contains(words), thrown::toString);
        });
        assertEquals(new HostPort("h", 0), HostPort.parseListening("h:0", 3260));
        assertThrows(IllegalArgumentException.class, () -> HostPort.parseListening("h:65536", 3260));
    }

    @Test
    void shouldReadWhatItWrote_whenPrinted() {
        for (String text : new String[] {"h:1", "192.0.2.7:3260", "[::1]:5", "[fe80::1%eth0]:6"}) {
            assertEquals(text, HostPort.parse(text, 3260).toString());
        }
        assertEquals(
                "[0:0:0:0:0:0:0:1]:7",
                HostPort.of(new HostPort("::1", 7).address()).toString());
    }
}
