package io.ffmiser.verbs.internal;

import io.ffmiser.verbs.NativeConstant;
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
