package io.ffmiser.iwarp.rdmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The tables of RFC 5040 sections 4.1 and 4.2. */
class RdmapOpcodeTest {
    private static final String[] TABLE = {
        "RDMA_WRITE tagged",
        "READ_REQUEST queue 1",
        "READ_RESPONSE tagged",
        "SEND queue 0",
        "SEND_WITH_INVALIDATE queue 0 i",
        "SEND_WITH_SE queue 0 s",
        "SEND_WITH_SE_AND_INVALIDATE queue 0 i s",
        "TERMINATE queue 2"
    };

    private static String row(RdmapOpcode opcode) {
        return opcode
                + (opcode.isTagged() ? " tagged" : " queue " + opcode.queueNumber())
                + (opcode.invalidates() ? " i" : "")
                + (opcode.isSolicited() ? " s" : "");
    }

    @Test
    void shouldHaveTheTablesProperties_whenOpcodeIsDefined() {
        for (int code = 0; code < 8; code++) {
            RdmapOpcode opcode = Objects.requireNonNull(RdmapOpcode.of(0x40 | code));

            assertEquals(TABLE[code], row(opcode));
            assertEquals(code >= 3 && code <= 6, opcode.isSend(), opcode.toString());
            assertEquals(0x40 | code, opcode.control(), "RV is 1");
            assertSame(opcode, RdmapOpcode.of(0xF0 | code), "neither RV nor the reserved bits tell the opcode");
        }
    }

    @Test
    void shouldBeNone_whenOpcodeIsNotDefined() {
        for (int code = 8; code < 16; code++) {
            assertNull(RdmapOpcode.of(0x40 | code));
        }
    }

    @Test
    void shouldReadTheVersionAlone_whenControlOctetHasAnyValue() {
        for (int control = 0; control < 256; control++) {
            assertEquals(control / 64, RdmapOpcode.version(control));
        }
    }

    @Test
    void shouldGiveTheSendWithBothFeatures_whenAskedFor() {
        for (RdmapOpcode opcode : RdmapOpcode.values()) {
            if (opcode.isSend()) {
                assertSame(opcode, RdmapOpcode.send(opcode.isSolicited(), opcode.invalidates()));
            }
        }
    }
}
