package io.ffmiser.quota;

import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The bounds of the lines that peers can provoke, one for each level: lines of information, which any scan of ports provokes, do not take
 * the place of a warning.
 *
 * @param warnings of lines of level WARN and above
 * @param infos of lines of level INFO
 */
public record PeerLines(LineLimit warnings, LineLimit infos) {
    /** Allows {@link LineLimit#LINES_PER_SECOND} of each; as {@link LineLimit#LineLimit(LongSupplier, LongConsumer)}. */
    public static PeerLines of(LongSupplier nanoTime, LongConsumer whenLeftOut) {
        return new PeerLines(new LineLimit(nanoTime, whenLeftOut), new LineLimit(nanoTime, whenLeftOut));
    }
}
