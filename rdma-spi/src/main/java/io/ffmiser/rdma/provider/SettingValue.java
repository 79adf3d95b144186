package io.ffmiser.rdma.provider;

/** Reads the values of a provider's own settings, which come as text. */
public final class SettingValue {
    private SettingValue() {}

    /**
     * A whole number.
     *
     * @param name of the setting, for the message
     * @throws IllegalArgumentException when it is none, or not within the bounds
     */
    public static int number(String name, String value, int least, int most) {
        int number;
        try {
            number = Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is a number, not " + value, e);
        }
        if (number < least || number > most) {
            throw new IllegalArgumentException(name + " is " + least + " to " + most + ", not " + value);
        }
        return number;
    }
}
