package io.ffmiser.benchmarks;

import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.ReceiveWorkRequests;
import io.ffmiser.verbs.SendWorkRequests;
import io.ffmiser.verbs.WorkCompletions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One poll_cq of an empty queue, through the same pointer in {@code ibv_context.ops}: a loop in C, JNI, and this library; and what posting allocates.
 * The device is the C test library of ffm-verbs, which {@code tools/bench-verbs.sh} builds and puts in libibverbs' place, and the property
 * {@code fake.library} names.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("restricted") // calls into the C test library
public class VerbsBenchmark {
    private static final int POLLS = 1000;
    private static final MethodHandle LOOP = load("bench_poll_loop");

    private final WorkCompletions completions = new WorkCompletions(1);
    private final SendWorkRequests sends = new SendWorkRequests(4, 1);
    private final ReceiveWorkRequests receives = new ReceiveWorkRequests(4, 1);
    private final MemorySegment room = Arena.global().allocate(64, 8);
    private final CompletionQueue queue = CompletionQueue.create(Context.borrow(make("fake_context")), 16);
    private final MemorySegment cq = queue.pointer();
    private QueuePair pair = borrowedPair();

    private static SymbolLookup library() {
        return SymbolLookup.libraryLookup(Path.of(System.getProperty("fake.library")), Arena.global());
    }

    private static MethodHandle load(String function) {
        System.load(System.getProperty("fake.library"));
        return Linker.nativeLinker()
                .downcallHandle(
                        library().find(function).orElseThrow(),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    }

    private static MemorySegment make(String function, Object... arguments) {
        FunctionDescriptor descriptor = arguments.length == 0
                ? FunctionDescriptor.of(ValueLayout.ADDRESS)
                : arguments.length == 1
                        ? FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS)
                        : FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        try {
            return (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(library().find(function).orElseThrow(), descriptor)
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(function, e);
        }
    }

    private static QueuePair borrowedPair() {
        return QueuePair.borrow(make("fake_qp", make("fake_context"), 2));
    }

    /** Requests that are posted again and again. */
    @Setup
    public void fill() {
        for (int i = 0; i < 4; i++) {
            sends.add(i).rdmaWrite(i, i).element(i, i, i).signaled();
            receives.add(i).element(i, i, i);
        }
    }

    private static native int jniPoll(long cq, int entries, long completions);

    /** The bar: a loop in C. */
    @Benchmark
    @OperationsPerInvocation(POLLS)
    public int pollInC() throws Throwable {
        return (int) LOOP.invokeExact(cq, POLLS, room);
    }

    /** The other bar. */
    @Benchmark
    @OperationsPerInvocation(POLLS)
    public int pollByJni() {
        int sum = 0;
        long address = cq.address();
        long to = room.address();
        for (int i = 0; i < POLLS; i++) {
            sum += jniPoll(address, 1, to);
        }
        return sum;
    }

    /** Ours. */
    @Benchmark
    @OperationsPerInvocation(POLLS)
    public int pollByCompletionQueue() {
        int sum = 0;
        for (int i = 0; i < POLLS; i++) {
            sum += queue.poll(completions);
        }
        return sum;
    }

    /** Four requests built anew and posted with one call. */
    @Benchmark
    public void postSend() {
        sends.clear();
        for (int i = 0; i < 4; i++) {
            sends.add(i).rdmaWrite(i, i).element(i, i, i).signaled();
        }
        pair.postSend(sends);
    }

    /** Four receives built anew and posted with one call. */
    @Benchmark
    public void postReceive() {
        receives.clear();
        for (int i = 0; i < 4; i++) {
            receives.add(i).element(i, i, i);
        }
        pair.postReceive(receives);
    }
}
