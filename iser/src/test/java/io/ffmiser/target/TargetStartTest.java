package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimFabric;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** In what order a target takes what it needs. */
class TargetStartTest {
    private final HeldStore store = new HeldStore(1 << 20);
    private final List<String> events = new ArrayList<>();

    private TargetOptions options(TargetLimits limits) {
        return TargetRig.options()
                .node(TargetNode.named("iqn.2026-11.io.ffmiser:disks")
                        .logicalUnit(0, owner -> {
                            events.add("store opened");
                            return store;
                        })
                        .build())
                .limits(limits)
                .build();
    }

    private TargetServer start(TargetOptions options) {
        return new TargetServer(
                new SimFabric(1, FaultPlan.NONE).newPoller("target"),
                options,
                new Random(1),
                () -> {
                    events.add("process measured");
                    return ProcessLimits.ofThisProcess();
                },
                overdue -> {},
                released -> {});
    }

    @Test
    void shouldGiveEachStoreItsOwnExecutor_whenThereAreSeveral() {
        List<Executor> owners = new ArrayList<>();
        StoreSource source = owner -> {
            owners.add(owner);
            return new HeldStore(1 << 20);
        };
        start(TargetRig.options()
                .node(TargetNode.named("iqn.2026-11.io.ffmiser:disks")
                        .logicalUnit(0, source)
                        .logicalUnit(1, source)
                        .build())
                .build());
        assertEquals(2, owners.size());
        assertNotSame(owners.getFirst(), owners.getLast());
    }

    @Test
    void shouldMeasureTheProcess_whenItsStoresAreOpen() {
        start(options(TargetLimits.DEFAULT));
        assertEquals(List.of("store opened", "process measured"), events);
    }

    @Test
    void shouldCloseTheStores_whenNoSessionFits() {
        assertThrows(IllegalArgumentException.class, () -> start(options(TargetLimits.DEFAULT.withSessionMemory(1))));
        assertEquals(List.of("store opened", "process measured"), events);
        assertTrue(store.closed);
    }
}
