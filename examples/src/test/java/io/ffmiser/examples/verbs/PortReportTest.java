package io.ffmiser.examples.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.verbs.Gid;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortReportTest {
    /** In the form that RFC 5952 section 4 prescribes, its own examples among them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fe80::5054:ff:fe12:3456",
                "::ffff:10.9.0.1",
                "2001:db8::1:0:0:1",
                "2001:0:0:1::1",
                "2001:db8:0:1:1:1:1:1",
                "fd09::",
                "::1"
            })
    void shouldBeTheShortestText_whenAGidIsAnAddress(String text) {
        assertEquals(text, PortReport.addressText(Gid.parse(text)));
    }
}
