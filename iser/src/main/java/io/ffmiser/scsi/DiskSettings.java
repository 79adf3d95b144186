package io.ffmiser.scsi;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a disk says of itself, and its limits.
 *
 * @param vendor T10 vendor identification, up to 8 ASCII characters
 * @param product up to 16
 * @param revision up to 4
 * @param serial unit serial number (VPD page 80h), 1 to 64
 * @param naa NAA designator (VPD page 83h) in hexadecimal: 16 digits for NAA 2, 3 and 5, 32 for NAA 6
 * @param writeCache whether a volatile cache of the store is used (WCE) until an initiator changes it: without, every write is
 *     flushed before its status
 * @param thin whether UNMAP is offered where the store can
 * @param maxTransferBytes the longest transfer of one command, a multiple of 4096
 * @param maxTasks how many commands may be in the task set at once; one more gets TASK SET FULL
 */
public record DiskSettings(
        String vendor,
        String product,
        String revision,
        String serial,
        String naa,
        boolean writeCache,
        boolean thin,
        int maxTransferBytes,
        int maxTasks) {
    public static final int DEFAULT_MAX_TRANSFER_BYTES = 16 << 20;
    public static final int DEFAULT_MAX_TASKS = 512;

    public DiskSettings {
        checkAscii("vendor", vendor, 0, 8);
        checkAscii("product", product, 0, 16);
        checkAscii("revision", revision, 0, 4);
        checkAscii("serial", serial, 1, 64);
        checkNaa(naa);
        if (maxTransferBytes < 4096 || maxTransferBytes % 4096 != 0) {
            throw new IllegalArgumentException("maxTransferBytes " + maxTransferBytes + " is no multiple of 4096");
        }
        if (maxTasks < 1) {
            throw new IllegalArgumentException("maxTasks " + maxTasks + " is less than 1");
        }
    }

    /**
     * Settings whose serial number and designator stay the same for the same identity. The designator is locally assigned (NAA 3, SPC-4
     * section 7.8.6.6.4): nobody has registered a company identifier for this disk.
     *
     * @param identity what names the content, see {@link io.ffmiser.store.BlockStore#identity}
     */
    public static DiskSettings of(String identity) {
        byte[] digest = sha256(identity);
        String hex = HexFormat.of().formatHex(digest, 0, 8);
        return new DiskSettings(
                "FFMISER",
                "DISK",
                "0001",
                hex,
                "3" + hex.substring(1),
                true,
                true,
                DEFAULT_MAX_TRANSFER_BYTES,
                DEFAULT_MAX_TASKS);
    }

    /** With another serial number. */
    public DiskSettings withSerial(String newSerial) {
        return new DiskSettings(
                vendor, product, revision, newSerial, naa, writeCache, thin, maxTransferBytes, maxTasks);
    }

    /** With the write cache on or off. */
    public DiskSettings withWriteCache(boolean enabled) {
        return new DiskSettings(vendor, product, revision, serial, naa, enabled, thin, maxTransferBytes, maxTasks);
    }

    /** With UNMAP offered or not. */
    public DiskSettings withThin(boolean offered) {
        return new DiskSettings(
                vendor, product, revision, serial, naa, writeCache, offered, maxTransferBytes, maxTasks);
    }

    /** With another limit on transfers. */
    public DiskSettings withMaxTransferBytes(int bytes) {
        return new DiskSettings(vendor, product, revision, serial, naa, writeCache, thin, bytes, maxTasks);
    }

    /** With another limit on commands. */
    public DiskSettings withMaxTasks(int tasks) {
        return new DiskSettings(vendor, product, revision, serial, naa, writeCache, thin, maxTransferBytes, tasks);
    }

    private static void checkAscii(String what, String value, int shortest, int longest) {
        if (value.length() < shortest || value.length() > longest) {
            throw new IllegalArgumentException(what + " '" + value + "' has " + value.length() + " characters, not "
                    + shortest + " to " + longest);
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < 0x20 || c > 0x7E) {
                throw new IllegalArgumentException(what + " is not printable ASCII");
            }
        }
    }

    private static void checkNaa(String naa) {
        boolean wellFormed = naa.matches("[235][0-9a-fA-F]{15}|6[0-9a-fA-F]{31}");
        if (!wellFormed) {
            throw new IllegalArgumentException("'" + naa + "' is no NAA 2, 3, 5 or 6 designator in hexadecimal");
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
