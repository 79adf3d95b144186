package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import org.jspecify.annotations.Nullable;

/**
 * A shared library of rdma-core. {@link #require} comes before the first call of a generated function, whose lookup would end in an error that
 * names nothing.
 *
 * @param soname such as {@code libibverbs.so.1}
 * @param packages what to install, by distribution
 * @param needs the library without which this one cannot be loaded, or null
 */
public record NativeLibrary(
        String soname, String packages, @Nullable NativeLibrary needs) {
    public static final NativeLibrary IBVERBS = new NativeLibrary(
            "libibverbs.so.1", "libibverbs1 and ibverbs-providers (Debian, Ubuntu), libibverbs (Fedora, RHEL)", null);
    public static final NativeLibrary RDMACM =
            new NativeLibrary("librdmacm.so.1", "librdmacm1 (Debian, Ubuntu), librdmacm (Fedora, RHEL)", IBVERBS);

    /**
     * Returns when the library can be called from here.
     *
     * @throws VerbsUnavailableException with what to do, otherwise
     */
    public void require() {
        if (needs != null) {
            needs.require(); // the loader does not say which of the two it did not find
        }
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
