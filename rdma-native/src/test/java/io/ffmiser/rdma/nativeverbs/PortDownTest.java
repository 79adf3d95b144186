package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A cable is pulled and put back. Soft-RoCE's connections live on for a while; siw ends those of the interface that goes down. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class PortDownTest {
    private @Nullable ContractRig rig;

    private ContractRig open(int portDownMillis) {
        ContractRig opened =
                LabMachine.rig(Map.of("verbs.portDownMillis", "" + portDownMillis, "verbs.drainTimeoutMillis", "500"));
        rig = opened;
        return opened;
    }

    @AfterEach
    void mend() throws Exception {
        LabMachine.run("ip", "link", "set", "v0", "up");
        if (rig != null) {
            LabMachine.pairAgain(rig);
            rig.close();
        }
    }

    private static NativeDevice device(Pair pair) {
        return (NativeDevice) pair.client().domain.device();
    }

    @Test
    void shouldEndConnectionsAndMakeNewOnes_whenThePortStaysDownAndComesBack() throws Exception {
        ContractRig pollers = open(300);
        Pair pair = pollers.pair();
        NativeDevice device = device(pair);
        pair.client().receive(1, 0, 10);
        pair.server().receive(2, 0, 10);

        LabMachine.run("ip", "link", "set", "v0", "down");
        pollers.until("the client's end has ended", () -> pair.client().isDisconnected());

        assertEquals(WorkStatus.FLUSHED, pair.client().status(1));
        if (device.isIwarp()) {
            assertInstanceOf(
                    DisconnectCause.RemoteDisconnect.class, pair.client().cause());
        } else {
            assertPortDown(device.name(), pair.client().cause());
            pollers.untilDisconnected(pair);
            assertPortDown(pair.server().domain.device().name(), pair.server().cause());
            assertEquals(WorkStatus.FLUSHED, pair.server().status(2));
        }

        List<Route> routes = new ArrayList<>();
        List<DisconnectCause> failures = new ArrayList<>();
        pollers.client.resolve(
                pollers.listener.localAddress(), Duration.ofSeconds(2), ContractRig.handler(routes, failures));
        pollers.until("resolved or not", () -> !routes.isEmpty() || !failures.isEmpty());
        assertEquals(List.of(), routes, "there is no way while the wire is cut");
        assertInstanceOf(DisconnectCause.Unreachable.class, failures.getFirst());

        LabMachine.run("ip", "link", "set", "v0", "up");
        LabMachine.exchange(pollers, LabMachine.pairAgain(pollers));
        pollers.until("the port is up", () -> !device.isPortDown());
    }

    private static void assertPortDown(String device, DisconnectCause cause) {
        assertEquals(
                "port 1 of " + device + " is down (verbs.portDownMillis)",
                assertInstanceOf(DisconnectCause.TransportLost.class, cause).message());
    }

    @Test
    void shouldGoOn_whenThePortComesBackInTime() throws Exception {
        ContractRig pollers = open(60_000);
        Pair pair = pollers.pair();
        NativeDevice device = device(pair);

        LabMachine.run("ip", "link", "set", "v0", "down");
        pollers.until("the port is down", device::isPortDown);
        LabMachine.run("ip", "link", "set", "v0", "up");
        pollers.until("the port is up", () -> !device.isPortDown());
        Pair another = LabMachine.pairAgain(pollers); // so there is a route

        LabMachine.exchange(pollers, another);
        if (device.isIwarp()) {
            assertTrue(pair.client().isDisconnected(), "siw ends them at once");
        } else {
            LabMachine.exchange(pollers, pair);
        }
    }

    @Test
    void shouldSayThatThePortIsDown_whenASendFails() throws Exception {
        ContractRig pollers = open(60_000);
        Pair pair = pollers.pair();
        NativeDevice device = device(pair);

        LabMachine.run("ip", "link", "set", "v0", "down");
        pollers.until("the port is down", device::isPortDown);
        pair.client().send(1, 0, 10);
        pollers.until(
                "the send has failed",
                () -> pair.client().isDisconnected() && pair.client().has(1));

        if (device.isIwarp()) {
            assertEquals(WorkStatus.FLUSHED, pair.client().status(1));
        } else {
            assertEquals(WorkStatus.LOCAL_OPERATION_ERROR, pair.client().status(1));
            DisconnectCause cause = pair.client().cause();
            assertInstanceOf(DisconnectCause.TransportLost.class, cause);
            assertTrue(cause.message().endsWith("port 1 of " + device.name() + " is down"), cause.message());
        }
    }
}
