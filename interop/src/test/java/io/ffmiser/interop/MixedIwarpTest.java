package io.ffmiser.interop;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's software iWARP and the one in Java, on the two ends of one wire. */
@Tag("siw")
@Tag("guest")
class MixedIwarpTest {
    @TempDir
    Path work;

    @Test
    void shouldReadBackWhatItStored_whenTheTargetIsOnTheKernels() throws Exception {
        DiskOverRdmaTest.storeAndReadBack(work, "verbs", "iwarp");
    }

    @Test
    void shouldReadBackWhatItStored_whenTheInitiatorIsOnTheKernels() throws Exception {
        DiskOverRdmaTest.storeAndReadBack(work, "iwarp", "verbs");
    }
}
