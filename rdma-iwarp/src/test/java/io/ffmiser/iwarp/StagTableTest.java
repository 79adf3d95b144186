package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StagTableTest {
    @Test
    void shouldDrawSipHashOfTheCounter_whenKeyedAsInItsReferenceVectors() {
        // SipHash-2-4 reference, key 00 01 .. 0f, message 00 01 .. 07: 93f5f5799a932462.
        assertEquals(
                0x93f5f5799a932462L,
                new StagTable(0x0706050403020100L, 0x0f0e0d0c0b0a0908L).sipHash(0x0706050403020100L));
    }

    @Test
    void shouldTellNothingOfTheNext_whenSomeAreKnown() throws Exception {
        try (IwarpPair pair = new IwarpPair()) {
            IwarpConnection connection = (IwarpConnection) pair.active.connection();
            StagTable one = new StagTable(1, 2);
            StagTable other = new StagTable(1, 3);
            Set<Integer> differences = new HashSet<>();
            int before = 0;
            int same = 0;
            for (int i = 0; i < 1000; i++) {
                int stag = one.add(new StagEntry(connection));
                differences.add(stag - before);
                before = stag;
                same += other.add(new StagEntry(connection)) == stag ? 1 : 0;
            }
            assertTrue(differences.size() > 990, () -> "only " + differences.size() + " steps from one to the next");
            assertEquals(0, same, "with another key, others are drawn");
        }
    }

    @Test
    void shouldFindExactlyWhatIsValid_whenEntriesComeAndGo() throws Exception {
        try (IwarpPair pair = new IwarpPair()) {
            IwarpConnection connection = (IwarpConnection) pair.active.connection();
            StagTable table = new StagTable(1, 2);
            Random random = new Random(3);
            List<StagEntry> valid = new ArrayList<>();
            List<Integer> stags = new ArrayList<>();
            Set<Integer> ever = new HashSet<>();
            for (int i = 0; i < 50_000; i++) {
                if (valid.isEmpty() || (valid.size() < 3000 && random.nextInt(5) < 3)) {
                    StagEntry entry = new StagEntry(connection);
                    int stag = table.add(entry);
                    assertNotEquals(0, stag);
                    assertSame(entry, table.find(stag));
                    valid.add(entry);
                    stags.add(stag);
                    ever.add(stag);
                } else {
                    int which = random.nextInt(valid.size());
                    int stag = stags.remove(/* index */ which);
                    assertSame(valid.remove(which), table.find(stag));
                    table.remove(stag);
                    assertNull(table.find(stag));
                    assertThrows(IllegalStateException.class, () -> table.remove(stag));
                }
            }
            for (int i = 0; i < valid.size(); i++) {
                assertSame(valid.get(i), table.find(stags.get(i)));
            }
            assertEquals(valid.size(), table.size());
            stags.forEach(ever::remove);
            ever.forEach(stag -> assertNull(table.find(stag)));
        }
    }
}
