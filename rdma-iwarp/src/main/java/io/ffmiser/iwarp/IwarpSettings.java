package io.ffmiser.iwarp;

import static io.ffmiser.rdma.provider.SettingValue.number;

import io.ffmiser.iwarp.mpa.MpaSettings;
import java.util.Map;

/**
 * What a poller of this provider can be told in {@link io.ffmiser.rdma.PollerOptions#providerSettings()}, by name:
 *
 * <table>
 * <caption>Settings</caption>
 * <tr><td>{@code iwarp.crc}</td><td>{@code on} (default) or {@code off}: ask for CRC32c. It is on if either side asks</td></tr>
 * <tr><td>{@code iwarp.markers}</td><td>{@code on} or {@code off} (default): ask the peer for markers in what it sends</td></tr>
 * <tr><td>{@code iwarp.revision}</td><td>2 (default) or 1: the MPA revision to begin with</td></tr>
 * <tr><td>{@code iwarp.maxUlpdu}</td><td>the longest DDP segment sent, 512 to 64768 octets (default 64764)</td></tr>
 * <tr><td>{@code iwarp.coalesceBytes}</td><td>pieces of payload shorter than this are gathered by copying, 0 to 16384 (default
 *     8192)</td></tr>
 * <tr><td>{@code iwarp.readAheadBytes}</td><td>how much to read beyond what is known to come, 2048 to 16380 (default 8192)</td></tr>
 * <tr><td>{@code iwarp.maxReads}</td><td>the most RDMA Reads outstanding in one direction, 1 to 1024 (default 128)</td></tr>
 * <tr><td>{@code iwarp.maxHalfOpen}</td><td>how many accepted TCP connections may be without an MPA Request, or an answer to it
 *     (default 64). For one more the oldest of the address that has most of them is closed</td></tr>
 * <tr><td>{@code iwarp.maxHalfOpenPerAddress}</td><td>how many of those one remote address may have (default 32). For one more its
 *     oldest is closed</td></tr>
 * <tr><td>{@code iwarp.requestTimeoutMillis}</td><td>how long an accepted TCP connection may take to bring its MPA Request, and
 *     the upper layer to answer it (default 5000)</td></tr>
 * <tr><td>{@code iwarp.replyTimeoutMillis}</td><td>how long to wait for the MPA Reply (default 10000)</td></tr>
 * <tr><td>{@code iwarp.lateRequestMillis}</td><td>how long after the TCP connection an MPA Request may leave, for nobody polled, and
 *     a peer that closes on it be taken for one that does not know revision 2; after a later one it is first asked again with the same
 *     revision (default 1000)</td></tr>
 * <tr><td>{@code iwarp.drainTimeoutMillis}</td><td>how long posted work may take to drain at a disconnect, and then the peer to close
 *     its side (default 2000 each)</td></tr>
 * </table>
 */
record IwarpSettings(
        boolean crc,
        boolean markers,
        int revision,
        int maxUlpdu,
        int coalesceBytes,
        int readAheadBytes,
        int maxReads,
        int maxHalfOpen,
        int maxHalfOpenPerAddress,
        int requestTimeoutMillis,
        int replyTimeoutMillis,
        int lateRequestMillis,
        int drainTimeoutMillis) {

    static final IwarpSettings DEFAULT =
            new IwarpSettings(true, false, 2, 64_764, 8192, 8192, 128, 64, 32, 5000, 10_000, 1000, 2000);

    static IwarpSettings parse(Map<String, String> named) {
        IwarpSettings s = DEFAULT;
        for (Map.Entry<String, String> setting : named.entrySet()) {
            s = s.with(setting.getKey(), setting.getValue());
        }
        return s;
    }

    MpaSettings mpa() {
        return MpaSettings.defaults().withCrc(crc).withReceiveMarkers(markers).withRevision(revision);
    }

    private IwarpSettings with(String name, String value) {
        Builder b = new Builder(this);
        switch (name) {
            case "iwarp.crc" -> b.crc = onOff(name, value);
            case "iwarp.markers" -> b.markers = onOff(name, value);
            case "iwarp.revision" -> b.revision = number(name, value, 1, 2);
            case "iwarp.maxUlpdu" -> b.maxUlpdu = number(name, value, 512, 64_768);
            case "iwarp.coalesceBytes" -> b.coalesceBytes = number(name, value, 0, 16_384);
            case "iwarp.readAheadBytes" -> b.readAheadBytes = number(name, value, 2048, 16_380);
            case "iwarp.maxReads" -> b.maxReads = number(name, value, 1, 1024);
            case "iwarp.maxHalfOpen" -> b.maxHalfOpen = number(name, value, 1, 65_536);
            case "iwarp.maxHalfOpenPerAddress" -> b.maxHalfOpenPerAddress = number(name, value, 1, 65_536);
            case "iwarp.requestTimeoutMillis" -> b.requestTimeoutMillis = number(name, value, 1, 600_000);
            case "iwarp.replyTimeoutMillis" -> b.replyTimeoutMillis = number(name, value, 1, 600_000);
            case "iwarp.lateRequestMillis" -> b.lateRequestMillis = number(name, value, 0, 600_000);
            case "iwarp.drainTimeoutMillis" -> b.drainTimeoutMillis = number(name, value, 1, 600_000);
            default -> throw new IllegalArgumentException("unknown setting of the provider iwarp: " + name);
        }
        return b.build();
    }

    private static boolean onOff(String name, String value) {
        return switch (value) {
            case "on" -> true;
            case "off" -> false;
            default -> throw new IllegalArgumentException(name + " is on or off, not " + value);
        };
    }

    private static final class Builder {
        boolean crc;
        boolean markers;
        int revision;
        int maxUlpdu;
        int coalesceBytes;
        int readAheadBytes;
        int maxReads;
        int maxHalfOpen;
        int maxHalfOpenPerAddress;
        int requestTimeoutMillis;
        int replyTimeoutMillis;
        int lateRequestMillis;
        int drainTimeoutMillis;

        Builder(IwarpSettings from) {
            crc = from.crc;
            markers = from.markers;
            revision = from.revision;
            maxUlpdu = from.maxUlpdu;
            coalesceBytes = from.coalesceBytes;
            readAheadBytes = from.readAheadBytes;
            maxReads = from.maxReads;
            maxHalfOpen = from.maxHalfOpen;
            maxHalfOpenPerAddress = from.maxHalfOpenPerAddress;
            requestTimeoutMillis = from.requestTimeoutMillis;
            replyTimeoutMillis = from.replyTimeoutMillis;
            lateRequestMillis = from.lateRequestMillis;
            drainTimeoutMillis = from.drainTimeoutMillis;
        }

        IwarpSettings build() {
            return new IwarpSettings(
                    crc,
                    markers,
                    revision,
                    maxUlpdu,
                    coalesceBytes,
                    readAheadBytes,
                    maxReads,
                    maxHalfOpen,
                    maxHalfOpenPerAddress,
                    requestTimeoutMillis,
                    replyTimeoutMillis,
                    lateRequestMillis,
                    drainTimeoutMillis);
        }
    }
}
