package io.ffmiser.examples;

import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar in MiB with speed and remaining time, on standard error. */
final class Progress implements LongConsumer, AutoCloseable {
    private static final int REFRESH_MILLIS = 200;
    private static final int COLUMNS = 100;

    private final ProgressBar bar;

    Progress(String what, long bytes) {
        bar = new ProgressBarBuilder()
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
        bar.stepTo(bytesDone);
    }

    @Override
    public void close() {
        bar.close();
    }
}
