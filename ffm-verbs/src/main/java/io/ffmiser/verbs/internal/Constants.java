package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.NativeConstant;
import java.util.EnumSet;
import java.util.Set;

/** Between the numbers of the C API and the enums that stand for them. */
public final class Constants {
    private Constants() {}

    /** The flags as one number. */
    public static long bits(Set<? extends NativeConstant> flags) {
        long bits = 0;
        for (NativeConstant flag : flags) {
            bits |= flag.value();
        }
        return bits;
    }

    /** The flags in a number; a bit that has no constant, as from a later kernel, is left out. */
    public static <E extends Enum<E> & NativeConstant> Set<E> flags(Class<E> type, long bits) {
        EnumSet<E> flags = EnumSet.noneOf(type);
        for (E flag : type.getEnumConstants()) {
            if (flag.value() != 0 && (bits & flag.value()) == flag.value()) {
                flags.add(flag);
            }
        }
        return flags;
    }

    /** The constant of a number, or another one for a number that has none. */
    public static <E extends Enum<E> & NativeConstant> E find(Class<E> type, long value, E otherwise) {
        for (E constant : type.getEnumConstants()) {
            if (constant.value() == value) {
                return constant;
            }
        }
        return otherwise;
    }
}
