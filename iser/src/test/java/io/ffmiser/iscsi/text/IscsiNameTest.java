package io.ffmiser.iscsi.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class IscsiNameTest {
    @Test
    void shouldKeepThem_whenPeersInUseHaveSuchNames() {
        for (String name : List.of(
                "iqn.2016-04.com.open-iscsi:8a3f1b2c4d5e",
                "iqn.1994-05.com.redhat:3d3b9ac3a6a4",
                "iqn.2007-10.com.github:sahlberg:libiscsi:host-1",
                "iqn.1991-05.com.microsoft:host.example.org",
                "iqn.1998-01.com.vmware:esx_1-4f2a",
                "iqn.2003-01.org.linux-iscsi.host.x8664:sn.0123456789ab",
                "iqn.2001-04.com.example",
                "iqn.2001-04.com.example:",
                "eui.02004567a425678d",
                "naa.52004567ba64678d",
                "naa.62004567ba64678d0123456789abcdef")) {
            assertEquals(name, IscsiName.fold(name));
        }
    }

    @Test
    void shouldGiveOneForm_whenANameIsWrittenInSeveralWays() {
        Map.of(
                        "IQN.2024-01.com.Example:A", "iqn.2024-01.com.example:a",
                        "eui.02004567A425678D", "eui.02004567a425678d",
                        "NAA.52004567BA64678D", "naa.52004567ba64678d",
                        // Full width, composed and decomposed, the Kelvin sign, a sigma at the end, a script capital.
                        "iqn.2024-01.com.example:\uff21\uff0d\uff11", "iqn.2024-01.com.example:a-1",
                        "iqn.2024-01.com.example:e\u0301", "iqn.2024-01.com.example:\u00e9",
                        "iqn.2024-01.com.example:\u00c9", "iqn.2024-01.com.example:\u00e9",
                        "iqn.2024-01.com.example:\u212a", "iqn.2024-01.com.example:k",
                        "iqn.2024-01.com.example:\u03a3", "iqn.2024-01.com.example:\u03c3",
                        "iqn.2024-01.com.example:\u210b", "iqn.2024-01.com.example:h")
                .forEach((written, form) -> {
                    assertEquals(form, IscsiName.fold(written), written);
                    assertEquals(form, IscsiName.fold(form), written);
                });
    }

    @Test
    void shouldKeepTheForm_whenAPersonWroteIt() {
        String written = "iqn.2024-01.com.Example:\uff21";
        assertEquals(written, IscsiName.require(written));
        assertEquals("iqn.2024-01.com.example:a", IscsiName.requireFolded(written));
    }

    @Test
    void shouldRefuse_whenItIsNoName() {
        for (String name : List.of(
                "iqn.2024-00.com.example",
                "iqn.2024-13.com.example",
                "iqn.2024-1.com.example",
                "iqn.2024-01",
                "iqn.2024-01.",
                "iqn.2024-01..example",
                "iqn.2024-01.com.",
                "iqn.2024-01.:a",
                "iqn.2024-01.com.example:a b",
                "iqn.2024-01.com.example:a,b",
                "iqn.2024-01.com.example:a/b",
                "iqn.2024-01.com.example:a\tb",
                "iqn.2024-01.com.example:a\0b",
                "iqn.2024-01.com.example:a\u00adb",
                "iqn.2024-01.com.example:a\u3000b",
                "iqn.2024-01.com.example:\ud800",
                "eui.02004567a425678g",
                "naa.52004567ba64678d0",
                "eui.02004567a425678d0123456789abcdef",
                "iqn.2024-01.com.example:" + "\u00e9".repeat(100))) {
            assertNull(IscsiName.fold(name), name);
        }
        String message = assertThrows(IllegalArgumentException.class, () -> IscsiName.require("iqn.\u001b[2J"))
                .toString();
        assertTrue(message.contains("is not an iSCSI name") && !message.contains("\u001b"), message);
    }
}
