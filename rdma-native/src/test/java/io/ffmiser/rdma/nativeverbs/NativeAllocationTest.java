package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.testkit.measure.IoLoop;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In steady state neither side of an I/O allocates: Sends, receives, Reads or Writes, a window for each, and the wait for what has completed. */
@Tag("rxe")
@Timeout(400) // 9,500 I/Os, of up to 6 ms where the processor is emulated and busy
class NativeAllocationTest {
    /** Until the JVM has made anew every method handle that it has called 127 times; acknowledging events is called at every 64th of them. */
    private static final int FIRST_WARM_UP = 5000;

    private static final int WARM_UP = 500;
    private static final int MEASURED = 2000;

    private final IoLoop loop = new IoLoop(new NativeProvider(), LabAddress.listen());

    @Test
    void shouldAllocateNothing_whenOneIoFollowsAnother() throws Exception {
        assertNothingAllocated("read", loop.run(4096, true, FIRST_WARM_UP, MEASURED));
        assertNothingAllocated("write", loop.run(4096, false, WARM_UP, MEASURED));
    }

    private static void assertNothingAllocated(String what, IoLoop.Seen seen) {
        System.out.printf("%s: %.0f us each, %s%n", what, seen.nanosPerIo() / 1e3, seen);
        assertEquals(0, seen.clientBytes() / MEASURED, () -> what + ", bytes per I/O, client: " + seen);
        assertEquals(0, seen.serverBytes() / MEASURED, () -> what + ", bytes per I/O, server: " + seen);
    }
}
