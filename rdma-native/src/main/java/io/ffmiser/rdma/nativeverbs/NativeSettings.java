package io.ffmiser.rdma.nativeverbs;

import static io.ffmiser.rdma.provider.SettingValue.number;

import java.util.Map;

/**
 * What a poller of this provider can be told in {@link io.ffmiser.rdma.PollerOptions#providerSettings()}, by name:
 *
 * <table>
 * <caption>Settings</caption>
 * <tr><td>{@code verbs.exposure}</td><td>how memory is exposed to a peer: {@code auto} (default), {@code window}, {@code registration} or
 *     {@code region-key}; see {@link ExposureKind}</td></tr>
 * <tr><td>{@code verbs.completionQueueDepth}</td><td>the entries of a completion queue, which connections share; more queues are made when
 *     it is full. 16 to 4194304 (default 4096)</td></tr>
 * <tr><td>{@code verbs.connectTimeoutMillis}</td><td>how long to wait for an answer to a connect request or to an accept (default
 *     10000)</td></tr>
 * <tr><td>{@code verbs.connectAttempts}</td><td>how many source ports an iWARP device tries to connect from, where TCP has taken
 *     one that the connection manager took for free; 1 to 64 (default 8)</td></tr>
 * <tr><td>{@code verbs.requestTimeoutMillis}</td><td>how long the upper layer may take to answer a connect request (default 5000)</td></tr>
 * <tr><td>{@code verbs.drainTimeoutMillis}</td><td>how long posted work may take to drain at a disconnect, and then to be flushed
 *     (default 2000 each)</td></tr>
 * <tr><td>{@code verbs.portDownMillis}</td><td>how long a port may be down before its connections end; the device's own retries may end
 *     them earlier (default 10000)</td></tr>
 * <tr><td>{@code verbs.retryCount}</td><td>how often the device repeats a packet that is not acknowledged, 0 to 7 (default 7)</td></tr>
 * <tr><td>{@code verbs.rnrRetryCount}</td><td>how often a Send is repeated that finds no receive, 0 to 7, where 7 is without end (default
 *     7)</td></tr>
 * <tr><td>{@code verbs.maxInlineBytes}</td><td>Sends of up to so many bytes are copied into the work queue, which spares the device the reading
 *     of them; 0 to 1024, and none where the device cannot (default 76: an iSCSI
 *     PDU without data)</td></tr>
 * </table>
 */
record NativeSettings(
        ExposureKind exposure,
        int completionQueueDepth,
        int connectTimeoutMillis,
        int connectAttempts,
        int requestTimeoutMillis,
        int drainTimeoutMillis,
        int portDownMillis,
        int retryCount,
        int rnrRetryCount,
        int maxInlineBytes) {
    /** How a peer is let to memory. */
    enum ExposureKind {
        /** Windows where the device has them, else registrations. */
        AUTO("auto"),
        /** A type 2 memory window: for one connection, a range and its rights; given and taken by work requests. */
        WINDOW("window"),
        /** A registration of its own for the range and its rights, for the connections of one domain: two system calls an exposure. */
        REGISTRATION("registration"),
        /**
         * The key of the region: all of it, to all connections of the domain, until the region is closed. Nothing is paid for an exposure and
         * nothing can be taken back: see the how-to on RDMA devices for the risk.
         */
        REGION_KEY("region-key");

        private final String name;

        ExposureKind(String name) {
            this.name = name;
        }
    }

    static final NativeSettings DEFAULT =
            new NativeSettings(ExposureKind.AUTO, 4096, 10_000, 8, 5000, 2000, 10_000, 7, 7, 76);

    static NativeSettings parse(Map<String, String> named) {
        NativeSettings s = DEFAULT;
        for (Map.Entry<String, String> setting : named.entrySet()) {
            s = s.with(setting.getKey(), setting.getValue());
        }
        return s;
    }

    private NativeSettings with(String name, String value) {
        ExposureKind kind = exposure;
        int depth = completionQueueDepth;
        int connect = connectTimeoutMillis;
        int attempts = connectAttempts;
        int request = requestTimeoutMillis;
        int drain = drainTimeoutMillis;
        int portDown = portDownMillis;
        int retries = retryCount;
        int rnrRetries = rnrRetryCount;
        int inline = maxInlineBytes;
        switch (name) {
            case "verbs.exposure" -> kind = kind(name, value);
            case "verbs.completionQueueDepth" -> depth = number(name, value, 16, 1 << 22);
            case "verbs.connectTimeoutMillis" -> connect = number(name, value, 1, 600_000);
            case "verbs.connectAttempts" -> attempts = number(name, value, 1, 64);
            case "verbs.requestTimeoutMillis" -> request = number(name, value, 1, 600_000);
            case "verbs.drainTimeoutMillis" -> drain = number(name, value, 1, 600_000);
            case "verbs.portDownMillis" -> portDown = number(name, value, 1, 3_600_000);
            case "verbs.retryCount" -> retries = number(name, value, 0, 7);
            case "verbs.rnrRetryCount" -> rnrRetries = number(name, value, 0, 7);
            case "verbs.maxInlineBytes" -> inline = number(name, value, 0, 1024);
            default -> throw new IllegalArgumentException("unknown setting of the provider verbs: " + name);
        }
        return new NativeSettings(
                kind, depth, connect, attempts, request, drain, portDown, retries, rnrRetries, inline);
    }

    private static ExposureKind kind(String name, String value) {
        for (ExposureKind kind : ExposureKind.values()) {
            if (kind.name.equals(value)) {
                return kind;
            }
        }
        throw new IllegalArgumentException(name + " is auto, window, registration or region-key, not " + value);
    }
}
