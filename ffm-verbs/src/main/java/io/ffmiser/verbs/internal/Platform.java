package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * The platforms that the bindings are for: Linux on x86-64 and aarch64. The layouts of rdma-core are the same on both, but for the size of the
 * {@code pthread_mutex_t} that some structs hold, which is glibc's or musl's affair.
 */
public final class Platform {
    private static final String NAME = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    private static final Set<String> SUPPORTED = Set.of("Linux amd64", "Linux aarch64");

    private Platform() {}

    /** @throws VerbsUnavailableException on any other */
    static void require() {
        if (!SUPPORTED.contains(NAME)) {
            throw new VerbsUnavailableException(
                    Reason.UNSUPPORTED_PLATFORM, "the bindings are for Linux amd64 and Linux aarch64, this is " + NAME);
        }
    }

    /** The size of a page (getpagesize(2)): 4096 on x86-64, and up to 65536 on aarch64, by the kernel. */
    public static long pageBytes() {
        return PageSize.BYTES;
    }

    private static final class PageSize {
        static final long BYTES = ask();

        @SuppressWarnings("restricted")
        private static long ask() {
            Linker linker = Linker.nativeLinker();
            try {
                return (int) linker.downcallHandle(
                                linker.defaultLookup().find("getpagesize").orElseThrow(),
                                FunctionDescriptor.of(ValueLayout.JAVA_INT))
                        .invokeExact();
            } catch (Throwable e) {
                throw new IllegalStateException("getpagesize", e);
            }
        }
    }

    /** The size of a {@code struct epoll_event}, which is packed on x86-64. */
    public static long epollEventBytes() {
        return NAME.equals("Linux aarch64") ? 16 : 12;
    }

    /** Where in it the caller's own 64 bits are. */
    public static long epollDataOffset() {
        return NAME.equals("Linux aarch64") ? 8 : 4;
    }

    /** The size of a {@code pthread_mutex_t}: 48 with glibc on aarch64, 40 elsewhere. The generated class asks for it. */
    public static long mutexBytes() {
        boolean glibc = Linker.nativeLinker()
                .defaultLookup()
                .find("gnu_get_libc_version")
                .isPresent();
        return NAME.equals("Linux aarch64") && glibc ? 48 : 40;
    }
}
