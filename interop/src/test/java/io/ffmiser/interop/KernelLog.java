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

    private int complaintsBefore;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        complaintsBefore = complaints().size();
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException, InterruptedException {
        List<String> complaints = complaints();
        if (complaints.size() > complaintsBefore) {
            throw new AssertionError("the kernel complains (dmesg is among the results):\n"
                    + String.join("\n", complaints.subList(complaintsBefore, complaints.size())));
        }
    }

    private static List<String> complaints() throws IOException, InterruptedException {
        return Program.shell(LIMIT, "dmesg | lab/warnings.sh").lines().toList();
    }
}
