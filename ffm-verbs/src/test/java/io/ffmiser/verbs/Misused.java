package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/** The device of {@code stub_ibverbs.c}, in a program that runs on it. */
@SuppressWarnings("restricted")
final class Misused {
    private static final SymbolLookup SYMBOLS = SymbolLookup.libraryLookup("libibverbs.so.1", Arena.global());

    private Misused() {}

    static Context open() {
        return Verbs.open("stub0");
    }

    private static MemorySegment variable(String name) {
        return SYMBOLS.find(name).orElseThrow().reinterpret(JAVA_INT.byteSize());
    }

    static int get(String name) {
        return (int) JAVA_INT.varHandle().getVolatile(variable(name), 0L);
    }

    static void set(String name, int value) {
        JAVA_INT.varHandle().setVolatile(variable(name), 0L, value);
    }

    /** Returns when the variable has the value; the test's own time bounds it. */
    static void await(String name, int value) throws InterruptedException {
        while (get(name) != value) {
            Thread.sleep(1);
        }
    }

    /** How many wait for a descriptor: each has an eventfd. */
    static long waits() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                try {
                    count += Files.readSymbolicLink(descriptor).toString().contains("eventfd") ? 1 : 0;
                } catch (NoSuchFileException closedMeanwhile) {
                    // it is none
                }
            }
        }
        return count;
    }

    static void awaitWaits(long count) throws Exception {
        while (waits() != count) {
            Thread.sleep(1);
        }
    }

    static MemorySegment call(String name, MemorySegment... arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments.length];
        Arrays.fill(layouts, ADDRESS);
        try {
            return (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(SYMBOLS.find(name).orElseThrow(), FunctionDescriptor.of(ADDRESS, layouts))
                    .invokeWithArguments((Object[]) arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** What the action throws; it must be of that kind, and its message must have the words. */
    static void refused(Class<? extends RuntimeException> kind, String words, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            if (kind.isInstance(e) && String.valueOf(e.getMessage()).contains(words)) {
                System.out.println("refused: " + e);
                return;
            }
            throw new IllegalStateException("refused otherwise", e);
        }
        throw new IllegalStateException("not refused: " + words);
    }

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    /** Starts a thread, and ends the program when it fails. */
    static Thread start(Runnable task) {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                task.run();
            } catch (Throwable e) {
                e.printStackTrace();
                Runtime.getRuntime().halt(3);
            }
        });
    }
}
