package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * A shared library of rdma-core. It is opened when the first of its functions is looked up, and each function when it is first called:
 * constants and layouts need no library. {@link #require} comes before the first call, and says what is missing.
 *
 * @param soname such as {@code libibverbs.so.1}
 * @param packages what to install, by distribution
 * @param newestFunction of those that every supported rdma-core has, the one that came last
 * @param needed what it is linked with
 */
public record NativeLibrary(String soname, String packages, String newestFunction, List<NativeLibrary> needed) {
    /** The oldest rdma-core that the bindings run with. */
    public static final int OLDEST_RELEASE = 30;

    public static final NativeLibrary IBVERBS = new NativeLibrary(
            "libibverbs.so.1",
            "libibverbs1 and ibverbs-providers (Debian, Ubuntu), libibverbs (Fedora, RHEL)",
            "ibv_get_device_index",
            List.of());
    public static final NativeLibrary RDMACM = new NativeLibrary(
            "librdmacm.so.1",
            "librdmacm1 (Debian, Ubuntu), librdmacm (Fedora, RHEL)",
            "rdma_establish",
            List.of(IBVERBS));

    private static final Map<String, SymbolLookup> OPENED = new ConcurrentHashMap<>();

    /**
     * Returns when the library can be called from here.
     *
     * @throws VerbsUnavailableException with what to do, otherwise
     */
    public void require() {
        Platform.require();
        needed.forEach(NativeLibrary::require);
        SymbolLookup library;
        try {
            library = open();
        } catch (IllegalCallerException e) {
            throw new VerbsUnavailableException(
                    Reason.NO_NATIVE_ACCESS,
                    "native access is denied: start java with --enable-native-access=" + accessName(),
                    e);
        } catch (IllegalArgumentException e) {
            throw new VerbsUnavailableException(Reason.NO_LIBRARY, soname + " was not found: install " + packages, e);
        }
        if (library.find(newestFunction).isEmpty()) {
            throw new VerbsUnavailableException(
                    Reason.OLD_LIBRARY,
                    soname + " is too old: it has no " + newestFunction + "; install rdma-core " + OLDEST_RELEASE
                            + " or later",
                    AbsentFunction.of(newestFunction));
        }
    }

    /**
     * A function of it, as the generated classes look it up.
     *
     * @throws UnsupportedOperationException when the installed library has no such function; the message says which rdma-core has
     */
    public Optional<MemorySegment> find(String function) {
        Optional<MemorySegment> found = open().find(function);
        if (found.isEmpty()) {
            throw AbsentFunction.of(function);
        }
        return found;
    }

    /** Whether the installed library has a function, which tells whether it is of that release or later. */
    public boolean has(String function) {
        return open().find(function).isPresent();
    }

    /**
     * Calls a generated method of a function that may not be there.
     *
     * @throws UnsupportedOperationException where the installed library has no such function
     * @throws VerbsUnavailableException where the library is not
     */
    public <T> T call(String function, Supplier<T> generated) {
        try {
            return generated.get();
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            require();
            throw AbsentFunction.of(function, e);
        }
    }

    private SymbolLookup open() {
        return OPENED.computeIfAbsent(soname, NativeLibrary::lookup);
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup lookup(String soname) {
        return SymbolLookup.libraryLookup(soname, Arena.global());
    }

    private static String accessName() {
        Module module = NativeLibrary.class.getModule();
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }
}
