package io.ffmiser.iwarp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.testkit.measure.IoLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** In steady state neither side of an I/O allocates, and no payload of 16 KiB or more is copied. */
class IwarpAllocationTest {
    private final IoLoop loop =
            new IoLoop(new IwarpProvider(), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

    @Test
    void shouldAllocateNothing_whenReadingSmall() throws Exception {
        run(4096, true, 20_000, 100_000);
    }

    @Test
    void shouldAllocateNothing_whenWritingSmall() throws Exception {
        run(4096, false, 20_000, 100_000);
    }

    @Test
    void shouldAllocateAndCopyNothing_whenReadingLarge() throws Exception {
        assertCopiedOnlyMessages(run(262_144, true, 2000, 5000), 7000);
    }

    @Test
    void shouldAllocateAndCopyNothing_whenWritingLarge() throws Exception {
        assertCopiedOnlyMessages(run(262_144, false, 2000, 5000), 7000);
    }

    private IwarpCounters run(int size, boolean read, int warmUp, int measured) throws Exception {
        IoLoop.Seen seen = loop.run(size, read, warmUp, measured);
        System.out.printf("%s %d: %.1f us each; %s%n", read ? "read" : "write", size, seen.nanosPerIo() / 1e3, seen);
        assertEquals(0, seen.clientBytes() / measured, "bytes per I/O, client");
        assertEquals(0, seen.serverBytes() / measured, "bytes per I/O, server");
        return (IwarpCounters) seen.client();
    }

    private static void assertCopiedOnlyMessages(IwarpCounters client, int ios) {
        assertTrue(client.copiedOutBytes() <= (long) ios * IoLoop.MESSAGE, client::toString);
        assertTrue(client.copiedInBytes() <= (long) ios * IoLoop.MESSAGE, client::toString);
    }
}
