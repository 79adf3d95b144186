package io.ffmiser.verbs;

import java.util.AbstractSet;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * What a number of the C API says in its bits: a set of those flags that have a constant here. The bits that have none, as from a later kernel
 * or a driver's own, are no elements, and count neither for {@link #equals} nor for {@link #size}, but are not lost: {@link #bits}.
 *
 * <p>Immutable.
 *
 * @param <E> the flags
 */
public final class Flags<E extends Enum<E> & NativeConstant> extends AbstractSet<E> {
    private final Set<E> named;
    private final long bits;
    private final long unnamedBits;

    private Flags(Class<E> type, long bits, ToLongFunction<E> bitOf) {
        EnumSet<E> found = EnumSet.noneOf(type);
        long rest = bits;
        for (E flag : type.getEnumConstants()) {
            long bit = bitOf.applyAsLong(flag);
            if (bit != 0 && (bits & bit) == bit) {
                found.add(flag);
                rest &= ~bit;
            }
        }
        this.named = Collections.unmodifiableSet(found);
        this.bits = bits;
        this.unnamedBits = rest;
    }

    /**
     * The flags in a number.
     *
     * @param bits unsigned: an int of the C API is widened with zeros
     */
    public static <E extends Enum<E> & NativeConstant> Flags<E> of(Class<E> type, long bits) {
        return new Flags<>(type, bits, NativeConstant::value);
    }

    /** The queue pair types in a number that has a bit for each (ibv_is_qpt_supported). */
    static Flags<QueuePairType> types(int bits) {
        return new Flags<>(
                QueuePairType.class,
                Integer.toUnsignedLong(bits),
                type -> type.value() < Integer.SIZE ? 1L << type.value() : 0);
    }

    /** The number as the device told it. */
    public long bits() {
        return bits;
    }

    /** Those bits of it that have no constant; 0 where all have one. */
    public long unnamedBits() {
        return unnamedBits;
    }

    @Override
    public Iterator<E> iterator() {
        return named.iterator();
    }

    @Override
    public int size() {
        return named.size();
    }

    @Override
    public boolean contains(Object flag) {
        return named.contains(flag);
    }

    /** The names, and in hexadecimal what has none. */
    @Override
    public String toString() {
        return unnamedBits == 0 ? named.toString() : named + " and 0x" + Long.toHexString(unnamedBits);
    }
}
