package io.ffmiser.iscsi.text;

/** Numbers in text: decimal, or hexadecimal behind 0x (RFC 7143 section 6.1). */
public final class NumericalValue {
    private NumericalValue() {}

    /** The number, or -1 if it is none or needs more than 63 bits. */
    public static long parse(String value) {
        boolean isHex = value.startsWith("0x") || value.startsWith("0X");
        String digits = isHex ? value.substring(2) : value;
        int radix = isHex ? 16 : 10;
        if (digits.isEmpty() || digits.length() > 40) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            int digit = c < 128 ? Character.digit(c, radix) : -1;
            if (digit < 0 || number > (Long.MAX_VALUE - digit) / radix) {
                return -1;
            }
            number = number * radix + digit;
        }
        return number;
    }
}
