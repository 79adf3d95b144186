package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.testkit.log.CapturedLog;
import io.ffmiser.testkit.sim.SimRandom;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The whole stack over {@link FakeSockets}: connections at once, each with Sends, RDMA Writes and RDMA Reads whose contents are checked,
 * over sockets that move any part, are ready in any order, and are reset. {@code -Dsim.seed=42} replays a seed. Timers are real: their
 * limits are of seconds, and a run takes milliseconds.
 */
class IwarpSimulationTest {
    private static final int SEEDS = 400;
    private static final int MOST_CONNECTIONS = 12;
    private static final int MOST_STEPS = 400_000;

    private int lost;
    private int completed;

    @Test
    void shouldDeliverEverythingInOrder_whenSocketsDoWhatTheyMay() {
        String one = System.getProperty("sim.seed", "");
        if (!one.isEmpty()) {
            run(Long.parseLong(one), false);
            return;
        }
        for (long seed = 0; seed < SEEDS; seed++) {
            run(seed, false);
        }
        assertTrue(lost > SEEDS / 4 && completed > SEEDS, () -> completed + " connections, " + lost + " lost");
    }

    @Test
    void shouldFindOctetsThatAreLost_whenPlanted() {
        int found = 0;
        for (long seed = 0; seed < 20; seed++) {
            try {
                run(seed, true);
            } catch (AssertionError e) {
                found++;
            }
        }
        int all = found;
        assertTrue(all >= 12, () -> all + " of 20 seeds have found it");
    }

    private void run(long seed, boolean planted) {
        SimRandom random = new SimRandom(seed);
        FakeSockets sockets = new FakeSockets(
                random, 512 << random.nextInt(8), random.nextInt(2) == 0 ? 0 : 1 + random.nextInt(1_500));
        sockets.losesOctets = planted;
        String name = "seed " + seed + ", replay with -Dsim.seed=" + seed + ": ";
        try (CapturedLog log = new CapturedLog();
                IwarpPoller active = poller("active", random, sockets);
                IwarpPoller passive = poller("passive", random, sockets)) {
            int connections = 1 + random.nextInt(MOST_CONNECTIONS);
            try (IwarpTraffic traffic = new IwarpTraffic(active, passive, random, connections)) {
                int steps = 0;
                while (!traffic.isOver()) {
                    if (steps++ > MOST_STEPS) {
                        throw new AssertionError("hangs: " + traffic);
                    }
                    (random.nextInt(2) == 0 ? active : passive).poll();
                }
                lost += traffic.lost();
                completed += connections - traffic.lost();
                if (sockets.resets == 0 && traffic.lost() > 0) {
                    throw new AssertionError(traffic.lost() + " connections were lost though nothing went wrong");
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(name + e.getMessage() + System.lineSeparator() + log, e);
            }
        }
    }

    private static IwarpPoller poller(String name, SimRandom random, FakeSockets sockets) {
        Map<String, String> settings = new HashMap<>();
        settings.put("iwarp.crc", random.nextInt(2) == 0 ? "on" : "off");
        settings.put("iwarp.markers", random.nextInt(4) == 0 ? "on" : "off");
        settings.put("iwarp.maxUlpdu", String.valueOf(512 << random.nextInt(7)));
        settings.put("iwarp.coalesceBytes", String.valueOf(random.nextInt(3) * 4096));
        settings.put("iwarp.readAheadBytes", String.valueOf(2048 << random.nextInt(3)));
        return new IwarpPoller(PollerOptions.DEFAULT.withName(name), IwarpSettings.parse(settings), sockets);
    }
}
