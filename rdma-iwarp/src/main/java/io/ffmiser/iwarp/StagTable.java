package io.ffmiser.iwarp;

import org.jspecify.annotations.Nullable;

/**
 * The STags of one poller that are valid now. Lookup, entry and removal are O(1) and allocate nothing while the table does not
 * grow. An STag is 32 bits of a keyed pseudorandom function (SipHash-2-4 of a counter), so that a peer who knows some can
 * guess no other (RFC 5042 section 6.1.1), and is never 0. Open addressing with linear probing; the STag is its own hash.
 */
final class StagTable {
    private final long key0;
    private final long key1;
    private long drawn;
    private int[] stags = new int[64];
    private @Nullable StagEntry[] entries = new @Nullable StagEntry[64];
    private int size;

    /** The two halves of the secret key. */
    StagTable(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    int size() {
        return size;
    }

    /** Enters it under a new STag, which it returns. */
    int add(StagEntry entry) {
        if ((size + 1) * 2 > stags.length) {
            grow();
        }
        int stag;
        do {
            stag = (int) sipHash(drawn++);
        } while (stag == 0 || find(stag) != null);
        insert(stag, entry);
        size++;
        return stag;
    }

    /** The entry with that STag, or null if it is not valid. */
    @Nullable
    StagEntry find(int stag) {
        int mask = stags.length - 1;
        int slot = stag & mask;
        while (entries[slot] != null) {
            if (stags[slot] == stag) {
                return entries[slot];
            }
            slot = slot + 1 & mask;
        }
        return null;
    }

    /** From here on the STag is invalid. */
    void remove(int stag) {
        int mask = stags.length - 1;
        int slot = stag & mask;
        while (entries[slot] == null || stags[slot] != stag) {
            if (entries[slot] == null) {
                throw new IllegalStateException("STag is not in the table");
            }
            slot = slot + 1 & mask;
        }
        size--;
        // Close the gap: move back what probing would no longer reach.
        int gap = slot;
        int next = gap + 1 & mask;
        while (entries[next] != null) {
            int home = stags[next] & mask;
            if ((next - home & mask) >= (next - gap & mask)) {
                stags[gap] = stags[next];
                entries[gap] = entries[next];
                gap = next;
            }
            next = next + 1 & mask;
        }
        entries[gap] = null;
    }

    private void insert(int stag, StagEntry entry) {
        int mask = stags.length - 1;
        int slot = stag & mask;
        while (entries[slot] != null) {
            slot = slot + 1 & mask;
        }
        stags[slot] = stag;
        entries[slot] = entry;
    }

    private void grow() {
        int[] oldStags = stags;
        @Nullable StagEntry[] oldEntries = entries;
        stags = new int[oldStags.length * 2];
        entries = new @Nullable StagEntry[oldStags.length * 2];
        for (int i = 0; i < oldEntries.length; i++) {
            StagEntry entry = oldEntries[i];
            if (entry != null) {
                insert(oldStags[i], entry);
            }
        }
    }

    /** SipHash-2-4 of the eight octets of a counter. */
    long sipHash(long message) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L ^ message;
        long block = message;
        for (int round = 0; round < 8; round++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
            if (round == 1) {
                // The second block holds only the length, 8, in its top octet.
                v0 ^= block;
                block = 8L << 56;
                v3 ^= block;
            } else if (round == 3) {
                v0 ^= block;
                v2 ^= 0xff;
            }
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }
}
