package io.ffmiser.rdma;

import java.time.Duration;
import java.util.Map;

/**
 * How a poller is opened.
 *
 * @param name shown in logs and thread names
 * @param idleSpin how long {@link Poller#await} busy-polls before it blocks; zero blocks at once
 * @param maxConnections a bound on connections, half-open ones included; further ones are refused
 * @param providerSettings settings that only one provider knows, by documented name (for iWARP: {@code iwarp.crc},
 *     {@code iwarp.markers}, ...); an unknown name is an {@link IllegalArgumentException}
 */
public record PollerOptions(String name, Duration idleSpin, int maxConnections, Map<String, String> providerSettings) {
    public static final PollerOptions DEFAULT = new PollerOptions("rdma-poller", Duration.ZERO, 4096, Map.of());

    public PollerOptions {
        if (idleSpin.isNegative()) {
            throw new IllegalArgumentException("idleSpin is negative: " + idleSpin);
        }
        if (maxConnections < 1) {
            throw new IllegalArgumentException("maxConnections must be 1 or more: " + maxConnections);
        }
        providerSettings = Map.copyOf(providerSettings);
    }

    public PollerOptions withName(String newName) {
        return new PollerOptions(newName, idleSpin, maxConnections, providerSettings);
    }

    public PollerOptions withIdleSpin(Duration newIdleSpin) {
        return new PollerOptions(name, newIdleSpin, maxConnections, providerSettings);
    }

    public PollerOptions withMaxConnections(int newMaxConnections) {
        return new PollerOptions(name, idleSpin, newMaxConnections, providerSettings);
    }

    public PollerOptions withProviderSettings(Map<String, String> newSettings) {
        return new PollerOptions(name, idleSpin, maxConnections, newSettings);
    }
}
