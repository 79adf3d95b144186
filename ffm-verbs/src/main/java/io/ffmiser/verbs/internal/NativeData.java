package io.ffmiser.verbs.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of the caller's whose address C or the device is about to be given: the one place that looks whether it may be. */
public final class NativeData {
    private static final long MAX_BYTES = 0xFFFF_FFFFL;

    /** The API does not tell kinds of arenas apart; their scopes are of different classes, and of any other kind nothing is assumed. */
    private static final class Kinds {
        static final Class<?> GLOBAL = Arena.global().scope().getClass();
        static final Class<?> AUTOMATIC = Arena.ofAuto().scope().getClass();
        static final Class<?> CONFINED;
        static final Class<?> SHARED;

        static {
            try (Arena confined = Arena.ofConfined();
                    Arena shared = Arena.ofShared()) {
                CONFINED = confined.scope().getClass();
                SHARED = shared.scope().getClass();
            }
        }
    }

    private NativeData() {}

    /**
     * The segment, to be read.
     *
     * @throws IllegalArgumentException when it is on the heap, which has no address
     * @throws IllegalStateException when its arena is closed
     * @throws WrongThreadException when its arena is another thread's
     */
    public static MemorySegment readable(MemorySegment data) {
        if (!data.isNative()) {
            throw new IllegalArgumentException(
                    "the device reaches only native memory: allocate it from an Arena, not on the heap");
        }
        requireAlive(data);
        if (!data.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the memory is confined to another thread");
        }
        return data;
    }

    /**
     * The segment, to be written: as {@link #readable}, and not read-only.
     *
     * @throws IllegalArgumentException when it is read-only or on the heap
     */
    public static MemorySegment writable(MemorySegment data) {
        if (data.isReadOnly()) {
            throw new IllegalArgumentException("the segment is read-only, and would be written");
        }
        return readable(data);
    }

    /** Whether nobody can close the segment's arena: the global one, or an automatic one, whose memory lives as long as it is reachable. */
    public static boolean isUncloseable(MemorySegment data) {
        Class<?> kind = data.scope().getClass();
        return (kind == Kinds.GLOBAL || kind == Kinds.AUTOMATIC) && kind != Kinds.CONFINED && kind != Kinds.SHARED;
    }

    /** Returns while the segment's arena is open; an {@link IllegalStateException} otherwise. */
    public static void requireAlive(MemorySegment data) {
        if (!data.scope().isAlive()) {
            throw new IllegalStateException("the arena of " + data.byteSize() + " bytes is closed");
        }
    }

    /** The size of a piece of scattered or gathered memory, as the 32 bits that it has in C. */
    public static int length(MemorySegment data) {
        if (data.byteSize() > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a piece of " + data.byteSize() + " bytes: at most " + MAX_BYTES + " are possible");
        }
        return (int) data.byteSize();
    }
}
