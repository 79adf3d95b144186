package io.ffmiser.testkit.child;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

/** What a program needs that misuses a library which stands on a {@link StubLibraries stub}: the stub's variables and functions, and checks. */
@SuppressWarnings("restricted")
public final class StubProgram {
    private final String soname;

    /** @param soname the stub's; it is looked for when it is first used */
    public StubProgram(String soname) {
        this.soname = soname;
    }

    private MemorySegment find(String name) {
        return SymbolLookup.libraryLookup(soname, Arena.global()).find(name).orElseThrow();
    }

    private MemorySegment variable(String name) {
        return find(name).reinterpret(JAVA_INT.byteSize());
    }

    /** The value of an int. */
    public int get(String name) {
        return (int) JAVA_INT.varHandle().getVolatile(variable(name), 0L);
    }

    public void set(String name, int value) {
        JAVA_INT.varHandle().setVolatile(variable(name), 0L, value);
    }

    /** Returns when the variable has the value; the test's own time bounds it. */
    public void await(String name, int value) {
        while (get(name) != value) {
            Thread.onSpinWait();
        }
    }

    /** How many wait for a descriptor: each has an eventfd. */
    public static long waits() throws IOException {
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

    /** Returns when so many wait. */
    public static void awaitWaits(long count) throws IOException {
        while (waits() != count) {
            Thread.onSpinWait();
        }
    }

    /** Calls a function whose arguments are pointers, if any. */
    public MemorySegment call(String name, MemorySegment... arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments.length];
        Arrays.fill(layouts, ADDRESS);
        try {
            return (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(find(name), FunctionDescriptor.of(ADDRESS, layouts))
                    .invokeWithArguments((Object[]) arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** What the action throws; it must be of that kind, and its message must have the words. */
    public static void refused(Class<? extends RuntimeException> kind, String words, Runnable action) {
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

    /** Throws where it does not hold. */
    public static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    /** Starts a thread, and ends the program when it fails. */
    public static Thread start(Runnable task) {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                task.run();
            } catch (Throwable e) {
                e.printStackTrace();
                Runtime.getRuntime().halt(3);
            }
        });
    }

    /** Runs it in four threads at once, until all have ended. */
    public static void inMany(Runnable task) throws InterruptedException {
        CyclicBarrier all = new CyclicBarrier(4);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < all.getParties(); i++) {
            threads.add(start(() -> {
                try {
                    all.await();
                } catch (InterruptedException | BrokenBarrierException e) {
                    throw new IllegalStateException(e);
                }
                task.run();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
