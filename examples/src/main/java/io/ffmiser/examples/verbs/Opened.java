package io.ffmiser.examples.verbs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;

/** What was opened, to be closed in reverse: children before their parents. */
final class Opened implements AutoCloseable {
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    /** Opens something out of several resources; when that throws, those that it had are closed. */
    static <T> T orCloseAll(Function<Opened, T> open) {
        Opened opened = new Opened();
        try {
            return open.apply(opened);
        } catch (RuntimeException | Error e) {
            try {
                opened.close();
            } catch (RuntimeException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    <T extends AutoCloseable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    @Override
    public void close() {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
