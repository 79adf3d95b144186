package io.ffmiser.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar in MiB with speed and remaining time, on standard error where that is a terminal; elsewhere nothing. */
final class Progress implements LongConsumer, AutoCloseable {
    private static final int REFRESH_MILLIS = 200;
    private static final int COLUMNS = 100;

    private static final boolean STANDARD_ERROR_IS_A_TERMINAL = isTerminal(Path.of("/proc/self/fd/2"));

    private final @Nullable ProgressBar bar;

    /**
     * Begins it.
     *
     * @param bytes in all; -1 if nobody knows
     */
    Progress(String what, long bytes) {
        bar = STANDARD_ERROR_IS_A_TERMINAL ? bar(what, bytes) : null;
    }

    private static ProgressBar bar(String what, long bytes) {
        return new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(bytes)
                .setUnit(" MiB", 1 << 20)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REFRESH_MILLIS)
                .setMaxRenderedLength(COLUMNS)
                .showSpeed()
                .build();
    }

    @Override
    public void accept(long bytesDone) {
        if (bar != null) {
            bar.stepTo(bytesDone);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    /** Whether an open file is a terminal, as its name tells; false where there is no such name, as off Linux. */
    private static boolean isTerminal(Path openFile) {
        try {
            String name = Files.readSymbolicLink(openFile).toString();
            return name.startsWith("/dev/pts/") || name.startsWith("/dev/tty") || name.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
