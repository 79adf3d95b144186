package io.ffmiser.interop;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a class during whose tests the kernel warned: WARNING, BUG, an oops, a hung task. */
final class KernelLog implements BeforeAllCallback, AfterAllCallback {
    private static final Pattern BAD = Pattern.compile(
            "WARNING:|BUG:|Oops|general protection fault|Call Trace|blocked for more than|rcu.*stall|refcount_t|list_(add|del) corruption");

    private int linesBefore;

    @Override
    public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
        linesBefore = lines().size();
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException, InterruptedException {
        List<String> lines = lines();
        List<String> bad = lines.subList(Math.min(linesBefore, lines.size()), lines.size()).stream()
                .filter(line -> BAD.matcher(line).find())
                .toList();
        if (!bad.isEmpty()) {
            throw new AssertionError("the kernel complains (dmesg is among the results):\n" + String.join("\n", bad));
        }
    }

    /** What it has logged so far, a line an entry. */
    static List<String> lines() throws IOException, InterruptedException {
        return Program.run("dmesg").lines().toList();
    }
}
