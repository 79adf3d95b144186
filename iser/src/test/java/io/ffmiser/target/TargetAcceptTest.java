package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.RdmaException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections that cannot be accepted: the simulated fabric's own poller, requests and connections, but for one call that fails as it does
 * when a device has no resources left.
 */
@NullMarked
class TargetAcceptTest {
    private String failing = "";

    private <T> T standIn(Class<T> type, T real) {
        InvocationHandler calls = (proxy, method, arguments) -> {
            if (method.getName().equals(failing)) {
                throw new RdmaException(failing + ": no resources");
            }
            try {
                return wrapped(method.invoke(real, arguments == null ? null : listening(arguments)));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, calls));
    }

    private @Nullable Object wrapped(@Nullable Object result) {
        return result instanceof Connection connection ? standIn(Connection.class, connection) : result;
    }

    private Object[] listening(Object[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof ListenHandler handler) {
                arguments[i] =
                        (ListenHandler) request -> handler.onConnectRequest(standIn(ConnectionRequest.class, request));
            }
        }
        return arguments;
    }

    @ParameterizedTest
    @ValueSource(strings = {"createConnection", "postReceive", "accept"})
    void shouldLeakNothingAndServeOn_whenAConnectionCannotBeAccepted(String call) {
        TargetOptions options =
                TargetRig.options().node(TargetRig.node().build()).build();
        try (TargetRig rig = new TargetRig()) {
            rig.start(standIn(Poller.class, rig.targetPoller), options);
            failing = call;
            for (int i = 0; i < 3; i++) {
                HandMadeInitiator refused = rig.initiator("refused").connect();
                assertFalse(refused.established);
                assertNotNull(refused.end);
                refused.close();
            }
            assertEquals(0, rig.target().counters().connections());
            assertEquals(3, rig.target().counters().refusedConnections());
            assertEquals(0, rig.target().counters().acceptedConnections());

            failing = "";
            HandMadeInitiator host = rig.loggedIn();
            assertEquals(0, host.read(0, 0, 1, 0)[3]);
            assertEquals(1, rig.target().counters().acceptedConnections());
        }
    }
}
