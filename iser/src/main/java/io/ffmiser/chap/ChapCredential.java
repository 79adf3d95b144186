package io.ffmiser.chap;

/**
 * A name in the CHAP sense and the secret that proves it. It need not be an iSCSI name.
 *
 * @param name CHAP_N: 1 to {@value #MAX_NAME_LENGTH} characters, no control characters
 */
public record ChapCredential(String name, ChapSecret secret) {
    /** Characters. */
    public static final int MAX_NAME_LENGTH = 255;

    public ChapCredential {
        if (name.isEmpty() || name.length() > MAX_NAME_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a CHAP name has 1 to " + MAX_NAME_LENGTH
                    + " characters and no control characters: '" + name + "'");
        }
    }

    /**
     * A credential from text.
     *
     * @throws IllegalArgumentException if the secret is shorter than {@link ChapSecret#of(char[])} allows
     */
    public static ChapCredential of(String name, char[] secret) {
        return new ChapCredential(name, ChapSecret.of(secret));
    }
}
