package io.ffmiser.sim;

import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionRequest;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.ListenHandler;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the code under test and a poller, and lets its connections behave as if that code had a bug: what it forgets to do
 * is not done, what it believes to have completed has not.
 */
final class PlantedConnections {
    enum Bug {
        /** Exposures are not withdrawn. */
        SKIPPED_INVALIDATE,
        /** A receive that is counted is not posted, now and then. */
        CREDIT_OFF_BY_ONE,
        /** Buffers are given back while an RDMA operation still uses them, now and then. */
        BUFFER_FREED_DURING_RDMA,
        /** An RDMA Write leaves out the last octets, now and then. */
        SHORT_WRITE,
        /** An RDMA Read leaves out the last octets, now and then. */
        SHORT_READ,
        /** An RDMA Write goes to the octets behind those that were meant, now and then. */
        MISPLACED_WRITE,
        /** An RDMA Read comes from the octets behind those that were meant, now and then. */
        MISPLACED_READ
    }

    /** One of so many goes wrong. */
    private static final int RECEIVES = 10;

    private static final int OPERATIONS = 40;
    private static final int SHORTAGE = 8;
    private static final long BESIDE = 512;

    private final Bug bug;
    private final Poller real;
    private int count;

    private PlantedConnections(Bug bug, Poller real) {
        this.bug = bug;
        this.real = real;
    }

    static Poller in(Poller poller, Bug bug) {
        PlantedConnections planted = new PlantedConnections(bug, poller);
        return (Poller) Proxy.newProxyInstance(
                Poller.class.getClassLoader(), new Class<?>[] {Poller.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "listen" -> {
                            arguments[2] = planted.listening((ListenHandler) arguments[2]);
                        }
                        case "resolve" -> {
                            arguments[2] = planted.resolving((ResolveHandler) arguments[2]);
                        }
                        default -> {}
                    }
                    return proceed(method, poller, arguments == null ? new Object[0] : arguments);
                });
    }

    private static @Nullable Object proceed(Method method, Object on, Object[] arguments) throws Throwable {
        try {
            return method.invoke(on, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            throw cause == null ? e : cause;
        }
    }

    private ListenHandler listening(ListenHandler next) {
        return request -> next.onConnectRequest(making(ConnectionRequest.class, request));
    }

    private ResolveHandler resolving(ResolveHandler next) {
        return new ResolveHandler() {
            @Override
            public void onResolved(Route route) {
                next.onResolved(making(Route.class, route));
            }

            @Override
            public void onResolveFailed(DisconnectCause cause) {
                next.onResolveFailed(cause);
            }
        };
    }

    /** What makes connections, making planted ones. */
    private <T> T making(Class<T> type, T maker) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("createConnection")) {
                        return proceed(method, maker, arguments == null ? new Object[0] : arguments);
                    }
                    PlantedHandler handler = new PlantedHandler((ConnectionHandler) arguments[2]);
                    arguments[2] = handler;
                    Object made = proceed(method, maker, arguments);
                    if (!(made instanceof Connection connection)) {
                        throw new IllegalStateException("no connection was made");
                    }
                    return handler.plant(connection);
                }));
    }

    private boolean nowAndThen(int oneOf) {
        return ++count % oneOf == 0;
    }

    /** Between a connection and its handler, which knows the planted connection only. */
    private final class PlantedHandler implements ConnectionHandler {
        private final ConnectionHandler next;
        private @Nullable Connection planted;
        private @Nullable SendBatch batch;
        /** Signaled RDMA operations in posting order: whether their completion was reported too early. */
        private final ArrayDeque<Boolean> early = new ArrayDeque<>();

        private boolean cutsNextEntry;

        PlantedHandler(ConnectionHandler next) {
            this.next = next;
        }

        Connection plant(Connection connection) {
            SendBatch plantedBatch = batch(connection.sendBatch());
            batch = plantedBatch;
            Connection made = (Connection) Proxy.newProxyInstance(
                    Connection.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (proxy, method, arguments) -> {
                        Object[] passed = arguments == null ? new Object[0] : arguments;
                        switch (method.getName()) {
                            case "sendBatch" -> {
                                return batch;
                            }
                            case "newExposure" -> {
                                return exposure(connection.newExposure());
                            }
                            case "postReceive" -> {
                                if (bug == Bug.CREDIT_OFF_BY_ONE && nowAndThen(RECEIVES)) {
                                    return null;
                                }
                            }
                            default -> {}
                        }
                        return proceed(method, connection, passed);
                    });
            planted = made;
            return made;
        }

        private Exposure exposure(Exposure exposure) {
            if (bug != Bug.SKIPPED_INVALIDATE) {
                return exposure;
            }
            return (Exposure) Proxy.newProxyInstance(
                    Exposure.class.getClassLoader(), new Class<?>[] {Exposure.class}, (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "withdraw" -> {
                                return true;
                            }
                            case "isExposed" -> {
                                return false;
                            }
                            case "expose" -> exposure.withdraw(0); // of the use before
                            default -> {}
                        }
                        return proceed(method, exposure, arguments == null ? new Object[0] : arguments);
                    });
        }

        private SendBatch batch(SendBatch real) {
            List<Done> posted = new ArrayList<>();
            return (SendBatch) Proxy.newProxyInstance(
                    SendBatch.class.getClassLoader(), new Class<?>[] {SendBatch.class}, (proxy, method, arguments) -> {
                        Object[] passed = arguments == null ? new Object[0] : arguments;
                        String name = method.getName();
                        tamper(name, passed);
                        boolean rdma = name.equals("rdmaRead") || name.equals("rdmaWrite");
                        if (bug == Bug.BUFFER_FREED_DURING_RDMA
                                && rdma
                                && ((Integer) passed[3] & SendBatch.SIGNALED) != 0) {
                            boolean tooEarly = nowAndThen(OPERATIONS);
                            early.add(tooEarly);
                            if (tooEarly) {
                                posted.add(new Done(
                                        (Long) passed[0],
                                        name.equals("rdmaRead") ? Operation.RDMA_READ : Operation.RDMA_WRITE));
                            }
                        }
                        proceed(method, real, passed);
                        if (name.equals("post")) {
                            posted.forEach(this::completeAtOnce);
                            posted.clear();
                        }
                        return proxy;
                    });
        }

        /** Makes the next operation, or its entry, another one. */
        private void tamper(String name, Object[] passed) {
            switch (name) {
                case "rdmaWrite" -> {
                    cutsNextEntry = bug == Bug.SHORT_WRITE && nowAndThen(OPERATIONS);
                    if (bug == Bug.MISPLACED_WRITE && nowAndThen(OPERATIONS)) {
                        passed[2] = (Long) passed[2] + BESIDE;
                    }
                }
                case "rdmaRead" -> {
                    cutsNextEntry = bug == Bug.SHORT_READ && nowAndThen(OPERATIONS);
                    if (bug == Bug.MISPLACED_READ && nowAndThen(OPERATIONS)) {
                        passed[2] = (Long) passed[2] + BESIDE;
                    }
                }
                case "sge" -> {
                    if (cutsNextEntry) {
                        cutsNextEntry = false;
                        passed[2] = (Integer) passed[2] - SHORTAGE;
                    }
                }
                default -> {}
            }
        }

        private void completeAtOnce(Done done) {
            PlantedConnections.this.real.schedule(0, () -> {
                Connection connection = planted;
                if (connection != null && connection.sendQueueFree() > 0) {
                    next.onCompletion(connection, done);
                }
            });
        }

        private Connection planted() {
            Connection made = planted;
            if (made == null) {
                throw new IllegalStateException("called before the connection was made");
            }
            return made;
        }

        @Override
        public void onEstablished(Connection connection, byte[] privateData) {
            next.onEstablished(planted(), privateData);
        }

        @Override
        public void onCompletion(Connection connection, Completion completion) {
            boolean rdma =
                    completion.operation() == Operation.RDMA_READ || completion.operation() == Operation.RDMA_WRITE;
            if (bug == Bug.BUFFER_FREED_DURING_RDMA && rdma && Boolean.TRUE.equals(early.poll())) {
                return; // reported before
            }
            next.onCompletion(planted(), completion);
        }

        @Override
        public void onDisconnected(Connection connection, DisconnectCause cause) {
            next.onDisconnected(planted(), cause);
        }
    }

    /** A completion that nobody has waited for. */
    private record Done(long workId, Operation operation) implements Completion {
        @Override
        public WorkStatus status() {
            return WorkStatus.SUCCESS;
        }

        @Override
        public int byteLength() {
            return 0;
        }

        @Override
        public boolean invalidated() {
            return false;
        }

        @Override
        public int invalidatedStag() {
            return 0;
        }
    }
}
