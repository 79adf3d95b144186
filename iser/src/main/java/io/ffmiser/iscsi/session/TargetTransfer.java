package io.ffmiser.iscsi.session;

import io.ffmiser.memory.RegisteredMemory;
import org.jspecify.annotations.Nullable;

/** One Send Data-In or Receive Data-Out of a task: reused, moved in pieces of at most MaxBurstLength. */
final class TargetTransfer {
    boolean dataIn;

    @Nullable
    RegisteredMemory memory;

    /** What has not been handed to the datamover yet. */
    long offset;

    int length;
    long bufferOffset;
    /** Sequence numbers of its pieces: first, and the one after the last issued. */
    int firstSn;

    int nextSn;
    /** Octets from the first piece on. */
    int solicited;
    /** Pieces that the datamover has. */
    int outstanding;
    /** What was begun before its oldest outstanding piece: in its own direction, and in the other. */
    long before;

    long othersBefore;
    /** All pieces were handed to the datamover, or never will be. */
    boolean issued;

    void set(boolean newDataIn, RegisteredMemory newMemory, long newOffset, int newLength, long newBufferOffset) {
        dataIn = newDataIn;
        memory = newMemory;
        offset = newOffset;
        length = newLength;
        bufferOffset = newBufferOffset;
        outstanding = 0;
        issued = false;
    }

    RegisteredMemory memory() {
        RegisteredMemory current = memory;
        if (current == null) {
            throw new IllegalStateException("the transfer has no memory");
        }
        return current;
    }

    boolean hasPiece(int sn) {
        return sn - firstSn >= 0 && sn - nextSn < 0;
    }

    /** The next piece is its first. */
    void firstPiece(int sn) {
        firstSn = sn;
        nextSn = sn;
        solicited = length;
    }

    /** How long a piece is. */
    int pieceLength(int sn, int maxBurstLength) {
        return (int) Math.min(maxBurstLength, solicited - (long) (sn - firstSn) * maxBurstLength);
    }

    boolean isDone() {
        return issued && outstanding == 0;
    }
}
