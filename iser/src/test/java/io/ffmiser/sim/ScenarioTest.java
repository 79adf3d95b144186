package io.ffmiser.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.sim.SimOptions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What the seeds of a usual run reach. */
class ScenarioTest {
    private static final int SEEDS = 4_000;
    private static final List<Function<Scenario, Object>> DIMENSIONS = List.of(
            Scenario::device,
            Scenario::network,
            scenario -> scenario.cutAfter() < 0,
            ScenarioTest::kindOfDisk,
            Scenario::management,
            Scenario::crashes,
            Scenario::powerLosses,
            Scenario::sessions,
            Scenario::sharingPercent,
            Scenario::twins,
            Scenario::chap,
            Scenario::redirected,
            Scenario::clocks,
            Scenario::thin,
            scenario -> List.of(scenario.data().immediateData(), scenario.data().initialR2T()));
    /** Of disks: good, write-protected, failing, slow, failing and slow. */
    private static final int[] SIZES = {
        4, Scenario.Network.values().length, 2, 5, Scenario.Management.values().length, 3, 3, 3, 3, 3, 4, 2, 4, 2, 4
    };

    private static Object kindOfDisk(Scenario scenario) {
        DiskFaults disk = scenario.disk();
        return List.of(disk.readOnly(), disk.errorsPerMillion() > 0, disk.slowPerMillion() > 0);
    }

    @Test
    void shouldMeetEveryPairOfDimensions_whenManySeedsAreDrawn() {
        for (int a = 0; a < DIMENSIONS.size(); a++) {
            for (int b = a + 1; b < DIMENSIONS.size(); b++) {
                Set<Object> met = new HashSet<>();
                for (long seed = 0; seed < SEEDS; seed++) {
                    Scenario scenario = Scenario.of(seed);
                    met.add(List.of(
                            DIMENSIONS.get(a).apply(scenario), DIMENSIONS.get(b).apply(scenario)));
                }
                assertEquals(SIZES[a] * SIZES[b], met.size(), "dimensions " + a + " and " + b);
            }
        }
    }

    @Test
    void shouldCutAllOverAConnectionsLife_whateverTheDevice() {
        Set<SimOptions> devices = new HashSet<>();
        Set<Object> met = new HashSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            Scenario scenario = Scenario.of(seed);
            devices.add(scenario.device());
            if (scenario.network() == Scenario.Network.CUT_AT_A_STEP) {
                met.add(List.of(scenario.device(), scenario.cutStep() * 8 / Scenario.CONNECTION_EVENTS));
            }
        }
        assertTrue(devices.size() == 4 && met.size() == 4 * 8, met.size() + " of eighths of lives");
    }
}
