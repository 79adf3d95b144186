package io.ffmiser.examples;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 4096}, {@code 4K}, {@code 128 MiB}, {@code 1.5G}. Units are powers of 1024.
 *
 * @param bytes 0 or more
 */
record ByteSize(long bytes) {
    private static final String UNITS = "KMGTP";
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,19}(?:\\.[0-9]{1,50})?)\\s*([KMGTP]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);

    /**
     * Parses it.
     *
     * @throws IllegalArgumentException with a message that says what is understood
     */
    static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a size; write 4096, 4K, 128M or 1.5G");
        }
        int power =
                matcher.group(2).isEmpty() ? 0 : UNITS.indexOf(matcher.group(2).toUpperCase(Locale.ROOT)) + 1;
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
        try {
            return new ByteSize(bytes.longValueExact());
        } catch (ArithmeticException e) {
            boolean fits = bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0;
            throw new IllegalArgumentException(
                    "'" + text + "' is " + (fits ? "no whole number of bytes" : "too large"), e);
        }
    }

    @Override
    public String toString() {
        return format((double) bytes);
    }

    /** Such as {@code 128.0 MiB}. */
    static String format(double bytes) {
        if (bytes < 1024) {
            return String.format(Locale.ROOT, "%.0f B", bytes);
        }
        int unit = -1;
        double value = bytes;
        while (value >= 1024 && unit < UNITS.length() - 1) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(unit));
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String value) {
            try {
                return parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
