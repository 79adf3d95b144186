package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class IserUrlTest {
    @Test
    void shouldTellTheParts_whenTheUrlIsWhole() {
        assertEquals(
                new IserUrl("disks.example", 860, "iqn.2026-11.org.example:a", 7),
                IserUrl.parse("iser://disks.example:860/iqn.2026-11.org.example:a/7"));
        assertEquals(
                new IserUrl("::1", 3260, "iqn.2026-11.org.example:a", 0),
                IserUrl.parse("ISER://[::1]/iqn.2026-11.org.example:a/0"));
        assertEquals(
                new IserUrl("fe80::1", 4420, "eui.02004567A425678D", 16_383),
                IserUrl.parse("iser://[fe80::1]:4420/eui.02004567A425678D/16383"));
    }

    @Test
    void shouldReadWhatItWrote_whenPrinted() {
        assertEquals(
                "fe80::1%eth0",
                IserUrl.parse("iser://[fe80::1%25eth0]/iqn.2026-11.x/0").host(), "RFC 6874");
        for (String url : new String[] {
            "iser://h/iqn.2026-11.x/0",
            "iser://h:1/iqn.2026-11.x/0",
            "iser://[::1]/iqn.2026-11.x/9",
            "iser://h/iqn.2026-11.X:Disk/0",
            "iser://[::1]:5/iqn.2026-11.x/9"
        }) {
            assertEquals(url, IserUrl.parse(url).toString());
        }
    }

    @Test
    void shouldSayWhatIsWrong_whenTheUrlIsNot() {
        Map<String, String> wrong = Map.ofEntries(
                Map.entry("iscsi://h/iqn.2026-11.x/0", "does not begin with iser://"),
                Map.entry("iser://h", "no /target-name"),
                Map.entry("iser://h/iqn.2026-11.x", "no /lun"),
                Map.entry("iser:///iqn.2026-11.x/0", "the host is empty"),
                Map.entry("iser://h:/iqn.2026-11.x/0", "the port '' is not a number"),
                Map.entry("iser://h:0/iqn.2026-11.x/0", "the port is 1 to 65535"),
                Map.entry("iser://h:65536/iqn.2026-11.x/0", "the port is 1 to 65535"),
                Map.entry("iser://h:3x/iqn.2026-11.x/0", "the port '3x' is not a number"),
                Map.entry("iser://::1/iqn.2026-11.x/0", "an IPv6 address needs brackets"),
                Map.entry("iser://[::1/iqn.2026-11.x/0", "not closed"),
                Map.entry("iser://[::1]x/iqn.2026-11.x/0", "no :port"),
                Map.entry("iser://[h]/iqn.2026-11.x/0", "'h' in brackets is not an IPv6 address"),
                Map.entry("iser://h:3260:1/iqn.2026-11.x/0", "several colons"),
                Map.entry("iser://a b/iqn.2026-11.x/0", "'a b' is not a name or address"),
                Map.entry("iser://h/disk/0", "not an iSCSI name"),
                Map.entry("iser://h/iqn.2026-11.org.example:a/b/0", "not an iSCSI name"),
                Map.entry("iser://h/iqn.2026-11.x/one", "the LUN 'one' is not a number"),
                Map.entry("iser://h/iqn.2026-11.x/-1", "the LUN '-1' is not a number"),
                Map.entry("iser://h/iqn.2026-11.x/16384", "the LUN is 0 to 16383"));
        wrong.forEach((url, words) -> {
            IllegalArgumentException thrown =
                    assertThrows(IllegalArgumentException.class, () -> IserUrl.parse(url), url);
            assertTrue(thrown.toString().contains(words) && thrown.toString().contains(url), thrown::toString);
        });
    }

    @Test
    void shouldReadTargetAddresses_whenTheyHaveAnyForm() {
        assertEquals(new TargetPortal("10.0.0.1", 3260, 1), TargetPortal.parse("10.0.0.1,1"));
        assertEquals(new TargetPortal("::1", 860, 65_535), TargetPortal.parse("[::1]:860,65535"));
        assertEquals(new TargetPortal("a.example", 3261, 0), TargetPortal.parse("a.example:3261"));
        assertEquals("[::1]:860,2", new TargetPortal("::1", 860, 2).toString());
        for (String wrong : new String[] {
            "",
            ",1",
            "a:0,1",
            "a:99999",
            "a,70000",
            "a,x",
            "a:x",
            "a,",
            "::1,1",
            "fe80::1:3260,1",
            "[::1]3260,1",
            "[a],1",
            "[::1,1"
        }) {
            assertThrows(IllegalArgumentException.class, () -> TargetPortal.parse(wrong), wrong);
        }
    }

    @Test
    void shouldDecodeSense_whenItIsFixedOrInDescriptors() {
        assertEquals(new SenseData(5, 0x21, 0), SenseData.parse(HandMadeTarget.fixedSense(5, 0x21, 0)));
        assertEquals(new SenseData(7, 0x27, 0), SenseData.parse(new byte[] {0x72, 7, 0x27, 0, 0, 0, 0, 0}));
        assertEquals("ILLEGAL REQUEST 21/00: LOGICAL BLOCK ADDRESS OUT OF RANGE", new SenseData(5, 0x21, 0).toString());
        // Total over arbitrary octets.
        for (int length = 0; length < 20; length++) {
            for (int code = 0; code < 256; code++) {
                byte[] sense = new byte[length];
                if (length > 0) {
                    sense[0] = (byte) code;
                }
                SenseData parsed = SenseData.parse(sense);
                assertEquals((code & 0x7f) >= 0x70 && (code & 0x7f) <= 0x73 && length > 0, parsed != null);
            }
        }
    }
}
