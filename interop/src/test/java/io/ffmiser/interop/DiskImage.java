package io.ffmiser.interop;

import io.ffmiser.initiator.RegisteredBuffer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** What a disk should hold: all zero at first. Makes the data of writes and checks that of reads, and the checksum that the peer computes. */
final class DiskImage {
    private static final int HEX_DIGITS = 64;

    private final byte[] octets;
    private final SplittableRandom random;

    DiskImage(int bytes, long seed) {
        octets = new byte[bytes];
        random = new SplittableRandom(seed);
    }

    int bytes() {
        return octets.length;
    }

    /** New contents for a range, put into the buffer; the write must follow. */
    void change(int position, int bytes, RegisteredBuffer buffer, long offset) {
        change(position, bytes);
        MemorySegment.copy(octets, position, buffer.segment(), ValueLayout.JAVA_BYTE, offset, bytes);
    }

    /** New contents for a range; the write must follow. */
    void change(int position, int bytes) {
        for (int i = 0; i < bytes; i += Long.BYTES) {
            long value = random.nextLong();
            for (int j = i; j < Math.min(bytes, i + Long.BYTES); j++) {
                octets[position + j] = (byte) value;
                value >>>= Byte.SIZE;
            }
        }
    }

    /** A copy of a range. */
    byte[] at(int position, int bytes) {
        return Arrays.copyOfRange(octets, position, position + bytes);
    }

    /** Fails if the buffer holds anything but what the range should. */
    void check(int position, int bytes, RegisteredBuffer buffer, long offset, String what) {
        long wrong = MemorySegment.mismatch(
                MemorySegment.ofArray(octets),
                position,
                position + (long) bytes,
                buffer.segment(),
                offset,
                offset + bytes);
        if (wrong >= 0) {
            throw new AssertionError(what + ": octet " + wrong + " of " + bytes + " at " + position + " is "
                    + buffer.segment().get(ValueLayout.JAVA_BYTE, offset + wrong) + ", not "
                    + octets[position + (int) wrong]);
        }
    }

    /** SHA-256 in hexadecimal. */
    String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A new file of so many zeroes, for a peer to serve. */
    static Path newFile(String prefix, long bytes) throws IOException {
        Path file = Files.createTempFile(prefix, ".disk");
        try (RandomAccessFile sized = new RandomAccessFile(file.toFile(), "rw")) {
            sized.setLength(bytes);
        }
        return file;
    }

    /** SHA-256 of a file, as the peer's machine computes it. */
    static String sha256(Path file) throws IOException, InterruptedException {
        return Program.run("sha256sum", file.toString()).substring(0, HEX_DIGITS);
    }
}
