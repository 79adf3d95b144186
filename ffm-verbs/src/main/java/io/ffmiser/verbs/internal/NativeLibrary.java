package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;

/**
 * A shared library of rdma-core. {@link #require} comes before the first touch of a generated class, whose static initialiser would end in
 * an error that names nothing.
 *
 * @param soname such as {@code libibverbs.so.1}
 * @param packages what to install, by distribution
 */
public record NativeLibrary(String soname, String packages) {
    public static final NativeLibrary IBVERBS = new NativeLibrary(
            "libibverbs.so.1", "libibverbs1 and ibverbs-providers (Debian, Ubuntu), libibverbs (Fedora, RHEL)");
    public static final NativeLibrary RDMACM =
            new NativeLibrary("librdmacm.so.1", "librdmacm1 (Debian, Ubuntu), librdmacm (Fedora, RHEL)");

    /**
     * Returns when the library can be called from here.
     *
     * @throws VerbsUnavailableException with what to do, otherwise
     */
    public void require() {
        String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!platform.equals("Linux amd64")) {
            throw new VerbsUnavailableException(
                    Reason.UNSUPPORTED_PLATFORM, "the bindings were generated for Linux amd64, this is " + platform);
        }
        try (Arena arena = Arena.ofConfined()) {
            lookup(arena);
        } catch (IllegalCallerException e) {
            throw new VerbsUnavailableException(
                    Reason.NO_NATIVE_ACCESS,
                    "native access is denied: start java with --enable-native-access=" + accessName(),
                    e);
        } catch (IllegalArgumentException e) {
            throw new VerbsUnavailableException(Reason.NO_LIBRARY, soname + " was not found: install " + packages, e);
        }
    }

    @SuppressWarnings("restricted")
    private void lookup(Arena arena) {
        SymbolLookup.libraryLookup(soname, arena);
    }

    private static String accessName() {
        Module module = NativeLibrary.class.getModule();
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }
}
