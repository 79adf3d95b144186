package io.ffmiser.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The guest: its wire with an RDMA device on each end, and where results go (docs/howto/lab.md). */
final class Lab {
    /** The network interface of the end that initiators use. */
    static final String INITIATOR_INTERFACE = "v0";

    /** The network interface of the end that targets use. */
    static final String TARGET_INTERFACE = "v1";

    /** The end that targets listen on. */
    static final String TARGET_ADDRESS = "10.9.0.2";

    static final String TARGET_ADDRESS_IPV6 = "fd09::2";

    /** The provider that is software iWARP in Java. */
    static final String IWARP = "iwarp";

    /** The provider over the kernel's devices. */
    static final String VERBS = "verbs";

    private static final long LOOK_NANOS = 20_000_000;

    private Lab() {}

    /** Looks at something outside this JVM. */
    interface Look {
        boolean look() throws IOException, InterruptedException;
    }

    /** Whether the long forms of tests run; their short forms do otherwise. */
    static boolean isWhole() {
        return "yes".equals(System.getenv("LAB_WHOLE"));
    }

    /** Our side's RDMA provider: the property ffmiser.provider, or software iWARP where the kernel's device speaks iWARP. */
    static String provider() {
        String named = System.getProperty("ffmiser.provider", "");
        if (!named.isEmpty()) {
            return named;
        }
        return RdmaPort.local().device().startsWith("siw") ? IWARP : VERBS;
    }

    /** A file that is kept after the guest has gone. */
    static Path result(String name) {
        String directory = System.getenv("LAB_RESULTS");
        if (directory == null) {
            throw new IllegalStateException("no LAB_RESULTS: these suites run in the lab's guest");
        }
        return Path.of(directory, name);
    }

    /** Looks until it is so; an error after the limit. */
    static void await(String what, Duration limit, Look isSo) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!isSo.look()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
