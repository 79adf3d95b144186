package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.testkit.child.StubLibraries;
import io.ffmiser.verbs.gen.ibv_wc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The small C library of {@code src/test/c}, built with gcc into {@code target}: a device whose functions write down how they were called and
 * return made-up objects. What goes through libibverbs' exported functions is tried on it in a process of its own only, {@link
 * #exportsFolder}; here, what verbs.h has inline.
 */
@SuppressWarnings("restricted")
final class FakeVerbs {
    private static final Path SOURCES = Path.of("src/test/c");
    private static final Path FOLDER = Path.of("target/fake").toAbsolutePath();
    private static final String NAME = "libfakeverbs.so";

    /** The system property with the path of the library in {@link #strictFolder} or {@link #exportsFolder}, in a JVM that uses that. */
    static final String LIBRARY = "ffmiser.fake.library";

    private static final SymbolLookup SYMBOLS = build();
    private static final long CALL_SIZE = 8 + 8 * 8;

    private FakeVerbs() {}

    /** One recorded call: its name and up to eight arguments, each as 64 bits. */
    record Call(String name, List<Long> arguments) {
        long argument(int index) {
            return arguments.get(index);
        }
    }

    private static SymbolLookup build() {
        String library = System.getProperty(LIBRARY);
        if (library == null) {
            compile(FOLDER, NAME, "fake_verbs.c", "fake_ex.c", "fake_control.c");
        }
        return SymbolLookup.libraryLookup(library == null ? FOLDER.resolve(NAME) : Path.of(library), Arena.global());
    }

    /** Builds the library of {@code src/test/c/strict}, which stands in for libibverbs itself, and returns the folder that it is in. */
    static Path strictFolder() {
        Path folder = Path.of("target/strict").toAbsolutePath();
        compile(folder, "libibverbs.so.1", "fake_verbs.c", "fake_ex.c", "fake_control.c", "strict/strict_library.c");
        return folder;
    }

    /** Builds the library with functions that libibverbs exports and no software device has, in the place of libibverbs, and returns its folder. */
    static Path exportsFolder() {
        Path folder = Path.of("target/exports").toAbsolutePath();
        compile(folder, "libibverbs.so.1", "fake_verbs.c", "fake_ex.c", "fake_control.c", "fake_exports.c");
        return folder;
    }

    private static void compile(Path folder, String name, String... sources) {
        try {
            new StubLibraries(folder)
                    .build(name, Stream.of(sources).map(SOURCES::resolve).toList(), "-O2");
        } catch (IOException e) {
            throw new UncheckedIOException("gcc is needed for the C test library: install gcc, libibverbs-dev", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Calls one of the library's own functions, such as {@code fake_qp}: arguments are longs, ints and segments. */
    static MemorySegment make(String function, Object... arguments) {
        return (MemorySegment) invoke(FunctionDescriptor.of(ADDRESS, layouts(arguments)), function, arguments);
    }

    /** As {@link #make}, of a function that returns nothing. */
    static void run(String function, Object... arguments) {
        invoke(FunctionDescriptor.ofVoid(layouts(arguments)), function, arguments);
    }

    private static MemoryLayout[] layouts(Object... arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            layouts[i] =
                    arguments[i] instanceof Integer ? JAVA_INT : arguments[i] instanceof Long ? JAVA_LONG : ADDRESS;
        }
        return layouts;
    }

    private static Object invoke(FunctionDescriptor descriptor, String function, Object... arguments) {
        try {
            return Linker.nativeLinker()
                    .downcallHandle(SYMBOLS.find(function).orElseThrow(), descriptor)
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(function, e);
        }
    }

    /** A {@code struct ibv_context} of a fake device, with everything; its log begins anew. */
    static MemorySegment context() {
        run("fake_reset");
        return make("fake_context");
    }

    /** As {@link #context}, with the functions beside the data path too. */
    static MemorySegment controlContext() {
        run("fake_reset");
        return make("fake_control_context");
    }

    /** What the next recording function that returns an int returns. */
    static void failNext(int result) {
        run("fake_set_next_result", result);
    }

    /** Forgets the calls so far. */
    static void reset() {
        run("fake_reset");
    }

    /** The calls since the last reset, in order. */
    static List<Call> calls() {
        MemorySegment log = make("fake_get_log").reinterpret(8 + 256 * CALL_SIZE);
        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < log.get(JAVA_LONG, 0); i++) {
            long at = 8 + i * CALL_SIZE;
            String name = log.get(ADDRESS, at).reinterpret(Long.MAX_VALUE).getString(0);
            List<Long> arguments = new ArrayList<>();
            for (int a = 0; a < 8; a++) {
                arguments.add(log.get(JAVA_LONG, at + 8 + a * 8L));
            }
            calls.add(new Call(name, arguments));
        }
        return calls;
    }

    /** The only call since the last reset, which must be of that function. */
    static Call call(String name) {
        List<Call> calls = calls();
        assertEquals(List.of(name), calls.stream().map(Call::name).toList());
        return calls.get(0);
    }

    /** Has a poll bring a completion. */
    static void complete(long workRequestId, int status, int opcode, int bytes, int immediate, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wc = ibv_wc.allocate(arena);
            ibv_wc.wr_id(wc, workRequestId);
            ibv_wc.status(wc, status);
            ibv_wc.opcode(wc, opcode);
            ibv_wc.byte_len(wc, bytes);
            ibv_wc.imm_data(wc, immediate);
            ibv_wc.wc_flags(wc, flags);
            ibv_wc.qp_num(wc, 0x123456);
            ibv_wc.src_qp(wc, 0x654321);
            ibv_wc.vendor_err(wc, 0x77);
            ibv_wc.pkey_index(wc, (short) 0xFFFE);
            ibv_wc.slid(wc, (short) 0xFFFD);
            ibv_wc.sl(wc, (byte) 0xFC);
            ibv_wc.dlid_path_bits(wc, (byte) 0xFB);
            run("fake_script_completion", wc);
        }
    }
}
