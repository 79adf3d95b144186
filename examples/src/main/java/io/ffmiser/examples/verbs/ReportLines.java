package io.ffmiser.examples.verbs;

import io.ffmiser.verbs.Flags;
import io.ffmiser.verbs.NativeConstant;
import java.io.PrintWriter;
import java.util.function.Function;

/** The layout of {@code ibv_devinfo}: tabs, a label, tabs up to a column, a value. Columns are counted from 0; a tab stop is every eighth. */
final class ReportLines {
    /** Where a flag stands that the device has: below its field, under the values. */
    private static final int FLAG_TABS = 5;

    private static final int TAB = 8;

    private final PrintWriter out;

    ReportLines(PrintWriter out) {
        this.out = out;
    }

    /** A line as it is. */
    void line(int tabs, String text) {
        out.print("\t".repeat(tabs));
        out.print(text);
        out.print('\n');
    }

    /** A value at its column, or one tab after a label that reaches it. */
    void field(int tabs, String label, int column, String value) {
        int end = tabs * TAB + label.length() + 1;
        int gap = Math.max(1, (column - end + TAB - 1) / TAB);
        line(tabs, label + ":" + "\t".repeat(gap) + value);
    }

    /** A flag. */
    void flag(String name) {
        line(FLAG_TABS, name);
    }

    /** The flags that a device has, and in hexadecimal those without a name here. */
    <E extends Enum<E> & NativeConstant> void flags(Flags<E> flags, Function<E, String> name) {
        flags.forEach(flag -> flag(name.apply(flag)));
        unknown(flags.unnamedBits());
    }

    /** What is left when all flags with a name have been written; nothing where nothing is. */
    void unknown(long bits) {
        if (bits != 0) {
            flag("Unknown flags: 0x%X".formatted(bits));
        }
    }
}
