package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.Poller;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.testkit.sim.FaultPlan;
import io.ffmiser.testkit.sim.SimFabric;
import io.ffmiser.testkit.sim.SimOptions;
import io.ffmiser.testkit.sim.SimPoller;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A target on a simulated fabric, in one thread and virtual time, with initiators made by hand. */
final class TargetRig implements AutoCloseable {
    static final String NODE = "iqn.2026-11.io.ffmiser:disks";
    static final String INITIATOR = "iqn.2026-11.io.ffmiser:host";
    static final long EVENTS = 2_000_000;
    static final int STORE_BYTES = 4 << 20;

    final SimFabric fabric;
    final SimPoller targetPoller;
    final SimPoller initiatorPoller;
    final List<HandMadeInitiator> initiators = new ArrayList<>();

    private @Nullable Target target;

    TargetRig() {
        this(SimOptions.IWARP, FaultPlan.NONE);
    }

    /** On a device of that kind; its faults begin when the test says so. */
    TargetRig(SimOptions device, FaultPlan faults) {
        fabric = new SimFabric(1, faults, device);
        fabric.stopFaults();
        targetPoller = fabric.newPoller("target");
        initiatorPoller = fabric.newPoller("initiator");
        targetPoller.drivenBy(targetPoller::poll);
        initiatorPoller.drivenBy(initiatorPoller::poll);
    }

    /** Options with one portal, limits that tests reach fast, and nothing served. */
    static TargetOptions.Builder options() {
        return TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260))
                .limits(TargetLimits.DEFAULT.withBufferPool(1 << 20, 64 << 10))
                .settings(TargetSettings.DEFAULT);
    }

    static TargetNode.Builder node() {
        return TargetNode.named(NODE).logicalUnit(0, owner -> new MemoryStore(STORE_BYTES, 512));
    }

    /** A target with one node of one logical unit in memory. */
    static TargetRig started() {
        return new TargetRig().start(options().node(node().build()).build());
    }

    TargetRig start(TargetOptions options) {
        return start(targetPoller, options);
    }

    /** On a poller that stands before the rig's own. */
    TargetRig start(Poller poller, TargetOptions options) {
        target = Target.on(poller, options, new Random(42));
        return this;
    }

    Target target() {
        Target current = target;
        if (current == null) {
            throw new AssertionError("no target was started");
        }
        return current;
    }

    InetSocketAddress portal() {
        return target().portals().get(0);
    }

    HandMadeInitiator initiator(String name) {
        HandMadeInitiator made = new HandMadeInitiator(this, name);
        initiators.add(made);
        return made;
    }

    /** An initiator in full feature phase, its unit attention taken. */
    HandMadeInitiator loggedIn() {
        return loggedIn(INITIATOR, 1);
    }

    HandMadeInitiator loggedIn(String name, int isidQualifier) {
        HandMadeInitiator made = initiator(name).connect();
        made.isidQualifier = isidQualifier;
        assertEquals(0, HandMadeInitiator.loginStatus(made.login(NODE)));
        made.clearUnitAttention(0);
        return made;
    }

    void runUntil(BooleanSupplier until, String what) {
        boolean reached = fabric.run(until, EVENTS);
        assertTrue(reached, () -> "not reached: " + what + "; handlers failed with " + fabric.handlerFailures());
        assertTrue(fabric.handlerFailures().isEmpty(), () -> "handlers failed with " + fabric.handlerFailures());
    }

    /** Delivers what is under way. */
    void settle() {
        pass(Duration.ofMillis(20));
    }

    /** Lets virtual time pass. */
    void pass(Duration time) {
        fabric.advance(time.toNanos());
        assertTrue(fabric.handlerFailures().isEmpty(), () -> "handlers failed with " + fabric.handlerFailures());
    }

    /** Ends everything and checks that nothing is left. */
    @Override
    public void close() {
        for (HandMadeInitiator initiator : initiators) {
            initiator.close();
        }
        if (target != null) {
            var done = target().shutdown(Duration.ofSeconds(1));
            runUntil(done::isDone, "shutdown");
            done.join();
        }
        targetPoller.close();
        initiatorPoller.close();
        assertTrue(fabric.counters().isClean(), () -> "left behind: " + fabric.counters());
    }
}
