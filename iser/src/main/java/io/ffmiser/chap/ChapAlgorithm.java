package io.ffmiser.chap;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The hash of a CHAP response: the numbers of IANA's registry "PPP Authentication Algorithms". */
public enum ChapAlgorithm {
    /** Every initiator has to offer it (RFC 7143 section 12.1.3). */
    MD5(5, "MD5", 16),
    SHA1(6, "SHA-1", 20),
    SHA256(7, "SHA-256", 32),
    SHA3_256(8, "SHA3-256", 32);

    /** All, the strongest first. */
    public static final List<ChapAlgorithm> STRONGEST_FIRST = List.of(SHA3_256, SHA256, SHA1, MD5);

    private final int code;
    private final String digestName;
    private final int responseLength;

    ChapAlgorithm(int code, String digestName, int responseLength) {
        this.code = code;
        this.digestName = digestName;
        this.responseLength = responseLength;
    }

    /** Its number in CHAP_A. */
    public int code() {
        return code;
    }

    /** Octets of a response. */
    public int responseLength() {
        return responseLength;
    }

    /** The algorithm with that number; null if it is not one of these. */
    public static @Nullable ChapAlgorithm of(long code) {
        for (ChapAlgorithm algorithm : values()) {
            if (algorithm.code == code) {
                return algorithm;
            }
        }
        return null;
    }

    MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance(digestName);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(
                    "this JVM has no " + digestName + ": take " + this + " out of the CHAP algorithms", e);
        }
    }
}
