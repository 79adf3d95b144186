package io.ffmiser.target;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * The bounds of a target, all of them. What reaches a bound is refused or waits; nothing grows beyond.
 *
 * @param maxConnections connections at once, half-open ones included; further ones are closed unanswered
 * @param maxLogins of those, connections that have not finished login; for a further one the oldest of the remote address with
 *     most of them is closed, as it is where maxConnections is reached
 * @param maxLoginsPerAddress of those, connections from one remote address that has no session with a node that demands CHAP or names its
 *     initiators; for a further one its oldest is closed
 * @param maxSessions sessions at once; further logins end with 0x0302 (out of resources)
 * @param maxSessionsPerInitiator sessions at once with one initiator name and one node; further logins end with 0x0302
 * @param maxSessionsPerAddress sessions at once from one remote address with nodes that do neither, and discovery without CHAP; further
 *     logins end with 0x0302
 * @param maxOpenSessions where some node demands CHAP or names its initiators: sessions at once, of all addresses, with nodes that do
 *     neither, and discovery without CHAP; further logins to these end with 0x0302, and the other places stay for the rest. As many of
 *     maxConnections stay, but an eighth at most
 * @param sessionMemoryBytes memory outside the heap that sessions may take in all; each counts, from its login on, with what its connection
 *     needs at its full window, whatever it uses of it. Further logins end with 0x0302. A target lowers it, and the numbers of connections
 *     and sessions, to what its process has (direct memory, heap, descriptors), and says so when it starts
 * @param tasksPerSession SCSI commands at once in one session, whatever the settings say
 * @param immediatesPerConnection immediate requests at once on one connection, 2 or more; further ones are rejected with 0x06. Declared
 *     to the initiator as MaxOutstandingUnexpectedPDUs
 * @param bufferPoolBytes registered memory that data without immediate place in a store passes through; commands wait while it is spent
 * @param bufferChunkBytes the size of the pool's pieces, a multiple of 4096
 * @param login from connect to full feature phase
 * @param discovery how long a discovery session may last
 * @param discoveryIdle how long it may ask nothing
 * @param data how long an initiator may let its data stand still (an RDMA Read unanswered, an RDMA Write untaken), and how long it may
 *     take to send the unsolicited data that a command announces; then its connection is ended. What a command that has failed
 *     announced is awaited for 5 seconds at most, and the command answered then
 * @param transfer how long the data of one command may be under way in all, however it moves; then its connection is ended, so that
 *     it keeps no buffer and no place of a task set longer: less than the 30 seconds after which Linux aborts. Time behind the data of other
 *     commands on the connection does not count here
 * @param minimumRate octets in a second that a connection moves at least while the data of a command is under way, on the average over
 *     the command; else it is ended. Time while the target itself stood still does not count, here as in all limits on initiators
 * @param rateAfter what they may take beside: how long a connection may be interrupted with a command under way
 * @param logout from Logout Response, or a termination, to the connection's end
 * @param shutdown what {@link Target#close} gives initiators to log out, then accepted commands to complete, and stores to give buffers back
 */
public record TargetLimits(
        int maxConnections,
        int maxLogins,
        int maxLoginsPerAddress,
        int maxSessions,
        int maxSessionsPerInitiator,
        int maxSessionsPerAddress,
        int maxOpenSessions,
        long sessionMemoryBytes,
        int tasksPerSession,
        int immediatesPerConnection,
        long bufferPoolBytes,
        int bufferChunkBytes,
        Duration login,
        Duration discovery,
        Duration discoveryIdle,
        Duration data,
        Duration transfer,
        int minimumRate,
        Duration rateAfter,
        Duration logout,
        Duration shutdown) {
    /** A TSIH has 16 bits, and is not 0 (RFC 7143 section 11.12.6). */
    public static final int MAX_SESSIONS = 65_535;

    private static final Duration LONGEST = Duration.ofDays(1);

    public static final TargetLimits DEFAULT = new TargetLimits(
            1024,
            128,
            64,
            1024,
            64,
            768,
            896,
            1L << 30,
            128,
            4,
            64L << 20,
            128 << 10,
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            Duration.ofSeconds(15),
            Duration.ofSeconds(30),
            Duration.ofSeconds(25),
            256 << 10,
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5));

    public TargetLimits {
        requirePositive(maxConnections, "maxConnections");
        requirePositive(maxLogins, "maxLogins");
        requirePositive(maxSessions, "maxSessions");
        if (maxSessions > MAX_SESSIONS) {
            throw new IllegalArgumentException("maxSessions must be " + MAX_SESSIONS + " or less: " + maxSessions);
        }
        requirePositive(maxSessionsPerInitiator, "maxSessionsPerInitiator");
        requirePositive(maxLoginsPerAddress, "maxLoginsPerAddress");
        requirePositive(maxSessionsPerAddress, "maxSessionsPerAddress");
        requirePositive(maxOpenSessions, "maxOpenSessions");
        requirePositive(sessionMemoryBytes, "sessionMemoryBytes");
        requirePositive(tasksPerSession, "tasksPerSession");
        if (immediatesPerConnection < 2) {
            throw new IllegalArgumentException("immediatesPerConnection must be 2 or more: " + immediatesPerConnection);
        }
        if (bufferChunkBytes < 4096 || bufferChunkBytes % 4096 != 0) {
            throw new IllegalArgumentException("bufferChunkBytes must be a multiple of 4096: " + bufferChunkBytes);
        }
        if (bufferPoolBytes < bufferChunkBytes) {
            throw new IllegalArgumentException("bufferPoolBytes must hold one chunk: " + bufferPoolBytes);
        }
        requirePositive(login, "login");
        requirePositive(discovery, "discovery");
        requirePositive(discoveryIdle, "discoveryIdle");
        requirePositive(data, "data");
        requirePositive(transfer, "transfer");
        requirePositive(minimumRate, "minimumRate");
        requirePositive(rateAfter, "rateAfter");
        requirePositive(logout, "logout");
        requirePositive(shutdown, "shutdown");
    }

    /** With no limit of an address below that of all: see {@link #withAdmission}. */
    public TargetLimits withMaxConnections(int connections, int logins) {
        return with(limits -> {
            limits.maxConnections = connections;
            limits.maxLogins = logins;
            limits.maxLoginsPerAddress = logins;
        });
    }

    /** With no limit of an address, or of open nodes, below that of all: see {@link #withAdmission}. */
    public TargetLimits withMaxSessions(int sessions, int perInitiator) {
        return with(limits -> {
            limits.maxSessions = sessions;
            limits.maxSessionsPerInitiator = perInitiator;
            limits.maxSessionsPerAddress = sessions;
            limits.maxOpenSessions = sessions;
        });
    }

    /** With the limits of one remote address, and of nodes open to everybody. */
    public TargetLimits withAdmission(int loginsPerAddress, int sessionsPerAddress, int openSessions) {
        return with(limits -> {
            limits.maxLoginsPerAddress = loginsPerAddress;
            limits.maxSessionsPerAddress = sessionsPerAddress;
            limits.maxOpenSessions = openSessions;
        });
    }

    /** With the times of discovery sessions. */
    public TargetLimits withDiscovery(Duration lifetime, Duration idle) {
        return with(limits -> {
            limits.discovery = lifetime;
            limits.discoveryIdle = idle;
        });
    }

    public TargetLimits withSessionMemory(long bytes) {
        return with(limits -> limits.sessionMemoryBytes = bytes);
    }

    /** With what fits a process. */
    TargetLimits lowered(int connections, int sessions, long sessionBytes) {
        return with(limits -> {
            limits.maxConnections = Math.min(maxConnections, connections);
            limits.maxLogins = Math.min(maxLogins, connections);
            limits.maxLoginsPerAddress = Math.min(maxLoginsPerAddress, connections);
            limits.maxSessions = Math.min(maxSessions, sessions);
            limits.maxSessionsPerInitiator = Math.min(maxSessionsPerInitiator, sessions);
            limits.maxSessionsPerAddress = share(maxSessionsPerAddress, limits.maxSessions);
            limits.maxOpenSessions = share(maxOpenSessions, limits.maxSessions);
            limits.sessionMemoryBytes = Math.min(sessionMemoryBytes, sessionBytes);
        });
    }

    /** As large a part of the sessions there are as it was of those wanted. */
    private int share(int part, int sessions) {
        return (int) Math.ceilDiv((long) part * sessions, maxSessions);
    }

    public TargetLimits withTasksPerSession(int tasks) {
        return with(limits -> limits.tasksPerSession = tasks);
    }

    public TargetLimits withBufferPool(long poolBytes, int chunkBytes) {
        return with(limits -> {
            limits.bufferPoolBytes = poolBytes;
            limits.bufferChunkBytes = chunkBytes;
        });
    }

    public TargetLimits withTimes(Duration newLogin, Duration newLogout, Duration newShutdown) {
        return with(limits -> {
            limits.login = newLogin;
            limits.logout = newLogout;
            limits.shutdown = newShutdown;
        });
    }

    public TargetLimits withData(Duration newData) {
        return with(limits -> limits.data = newData);
    }

    public TargetLimits withTransfer(Duration newTransfer) {
        return with(limits -> limits.transfer = newTransfer);
    }

    public TargetLimits withMinimumRate(int octetsPerSecond, Duration after) {
        return with(limits -> {
            limits.minimumRate = octetsPerSecond;
            limits.rateAfter = after;
        });
    }

    private TargetLimits with(Consumer<Changed> change) {
        Changed changed = new Changed(this);
        change.accept(changed);
        return changed.limits();
    }

    /** A copy that can be changed, so that each {@code with} names what it changes and nothing else. */
    private static final class Changed {
        int maxConnections;
        int maxLogins;
        int maxLoginsPerAddress;
        int maxSessions;
        int maxSessionsPerInitiator;
        int maxSessionsPerAddress;
        int maxOpenSessions;
        long sessionMemoryBytes;
        int tasksPerSession;
        int immediatesPerConnection;
        long bufferPoolBytes;
        int bufferChunkBytes;
        Duration login;
        Duration discovery;
        Duration discoveryIdle;
        Duration data;
        Duration transfer;
        int minimumRate;
        Duration rateAfter;
        Duration logout;
        Duration shutdown;

        Changed(TargetLimits from) {
            maxConnections = from.maxConnections;
            maxLogins = from.maxLogins;
            maxLoginsPerAddress = from.maxLoginsPerAddress;
            maxSessions = from.maxSessions;
            maxSessionsPerInitiator = from.maxSessionsPerInitiator;
            maxSessionsPerAddress = from.maxSessionsPerAddress;
            maxOpenSessions = from.maxOpenSessions;
            sessionMemoryBytes = from.sessionMemoryBytes;
            tasksPerSession = from.tasksPerSession;
            immediatesPerConnection = from.immediatesPerConnection;
            bufferPoolBytes = from.bufferPoolBytes;
            bufferChunkBytes = from.bufferChunkBytes;
            login = from.login;
            discovery = from.discovery;
            discoveryIdle = from.discoveryIdle;
            data = from.data;
            transfer = from.transfer;
            minimumRate = from.minimumRate;
            rateAfter = from.rateAfter;
            logout = from.logout;
            shutdown = from.shutdown;
        }

        TargetLimits limits() {
            return new TargetLimits(
                    maxConnections,
                    maxLogins,
                    maxLoginsPerAddress,
                    maxSessions,
                    maxSessionsPerInitiator,
                    maxSessionsPerAddress,
                    maxOpenSessions,
                    sessionMemoryBytes,
                    tasksPerSession,
                    immediatesPerConnection,
                    bufferPoolBytes,
                    bufferChunkBytes,
                    login,
                    discovery,
                    discoveryIdle,
                    data,
                    transfer,
                    minimumRate,
                    rateAfter,
                    logout,
                    shutdown);
        }
    }

    private static void requirePositive(long value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more: " + value);
        }
    }

    private static void requirePositive(Duration value, String name) {
        if (value.isNegative() || value.isZero() || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + " must be positive, and a day at most: " + value);
        }
    }
}
