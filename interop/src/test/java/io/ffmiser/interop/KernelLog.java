package io.ffmiser.interop;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a class during whose tests the kernel warned: WARNING, BUG, an oops, a hung task. */
final class KernelLog implements BeforeAllCallback, AfterAllCallback {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private boolean readable;
    private int complaintsBefore;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        Program.Outcome complaints = complaints();
        readable = complaints.status() == 0;
        if (readable) {
            complaintsBefore = complaints.output().lines().toList().size();
        } else if (System.getenv("LAB_RESULTS") == null) {
            // On somebody's own machine dmesg may be root's alone.
            context.publishReportEntry("kernel log", "not readable, and not looked at");
        } else {
            throw new AssertionError("dmesg fails in the guest");
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException, InterruptedException {
        if (!readable) {
            return;
        }
        List<String> complaints = complaints().orThrow().lines().toList();
        if (complaints.size() > complaintsBefore) {
            throw new AssertionError("the kernel complains (dmesg is among the results):\n"
                    + String.join("\n", complaints.subList(complaintsBefore, complaints.size())));
        }
    }

    /** A line each; it fails where dmesg does. */
    private static Program.Outcome complaints() throws IOException, InterruptedException {
        return Program.attempt(LIMIT, "bash", "-euo", "pipefail", "-c", "dmesg | lab/warnings.sh");
    }
}
