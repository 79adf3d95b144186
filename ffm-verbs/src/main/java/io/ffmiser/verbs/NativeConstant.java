package io.ffmiser.verbs;

/** An enum constant that stands for a constant of the C API; a flag's value is its bit. */
public interface NativeConstant {
    /** The number in C. */
    long value();
}
