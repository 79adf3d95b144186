package io.ffmiser.examples.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PerfPlanTest {
    private static final PerfPlan PLAN =
            new PerfPlan(PerfTest.READ_BW, 65536, 200, 1000, 128, 0x7f00_1234_5678L, 0x8000_0001);

    @Test
    void shouldBeTheSame_whenDecodedFromPaddedPrivateData() {
        assertEquals(PLAN, PerfPlan.decode(Arrays.copyOf(PLAN.encode(), 56)));
    }

    @Test
    void shouldBeRefused_whenThePrivateDataAreNotOfThisProgram() {
        byte[] encoded = PLAN.encode();

        assertThrows(IllegalArgumentException.class, () -> PerfPlan.decode(new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> PerfPlan.decode(new byte[56]));
        for (int length = 0; length < encoded.length; length++) {
            byte[] begin = Arrays.copyOf(encoded, length);
            assertThrows(IllegalArgumentException.class, () -> PerfPlan.decode(begin));
        }
    }

    @Test
    void shouldBeRefused_whenANumberIsOutOfItsRange() {
        byte[] encoded = PLAN.encode();
        for (int field = 1; field <= 5; field++) {
            byte[] broken = encoded.clone();
            broken[4 * field] = (byte) 0xff;
            assertThrows(IllegalArgumentException.class, () -> PerfPlan.decode(broken), "field " + field);
        }
    }
}
