package io.ffmiser.examples;

import io.ffmiser.initiator.Capacity;
import io.ffmiser.initiator.InitiatorException;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;

/**
 * Moves a run of bytes between a disk and something else, with several large requests in flight. Belongs to one thread, and the initiator's
 * is another: where that something else keeps this one waiting, the session still answers the target. Data passes in order, piece by
 * piece, in the registered buffers that RDMA fills and empties.
 */
final class DiskPipe implements AutoCloseable {
    /** Nothing ends a write before its length. */
    static final LongPredicate TO_THE_END = taken -> false;

    private static final int PIECES = 8;

    private final Session session;
    private final int lun;
    private final Capacity capacity;
    private final int pieceBytes;
    private final Piece[] pieces = new Piece[PIECES];

    /** Gives or takes the bytes of one piece, whole. */
    interface PieceIo {
        void transfer(ByteBuffer piece) throws IOException;
    }

    /**
     * For one disk.
     *
     * @param session of an initiator that has a thread of its own ({@link io.ffmiser.initiator.Initiator#background})
     */
    DiskPipe(Session session, int lun) {
        this.session = session;
        this.lun = lun;
        this.capacity = session.capacity(lun);
        this.pieceBytes = capacity.maxTransferBlocks() * capacity.blockSize();
        for (int i = 0; i < PIECES; i++) {
            try {
                pieces[i] = new Piece(session, pieceBytes);
            } catch (RuntimeException | Error e) {
                Arrays.stream(pieces, 0, i).forEach(piece -> piece.buffer.close());
                throw e;
            }
        }
    }

    Capacity capacity() {
        return capacity;
    }

    /**
     * Reads the bytes and hands them on in order.
     *
     * @param offset first byte on the disk
     * @param progress told how many bytes have passed
     */
    void read(long offset, long length, PieceIo sink, LongConsumer progress) throws IOException {
        checkRange(offset, length);
        long end = offset + length;
        long asked = roundDown(offset);
        long passed = offset;
        int turn = 0;
        int inFlight = 0;
        while (passed < end) {
            while (inFlight < PIECES && asked < end) {
                Piece piece = pieces[(turn + inFlight) % PIECES];
                int bytes = (int) Math.min(pieceBytes, roundUp(end) - asked);
                piece.submit(
                        session, piece.request.read(lun, asked / capacity.blockSize(), blocks(bytes), piece.buffer, 0));
                piece.diskOffset = asked;
                piece.bytes = bytes;
                asked += bytes;
                inFlight++;
            }
            Piece piece = pieces[turn];
            finish(piece);
            int from = (int) (passed - piece.diskOffset);
            int upTo = (int) Math.min(piece.bytes, end - piece.diskOffset);
            sink.transfer(piece.view.clear().position(from).limit(upTo));
            passed += upTo - from;
            progress.accept(passed - offset);
            turn = (turn + 1) % PIECES;
            inFlight--;
        }
    }

    /**
     * Writes bytes taken in order. Partial blocks at both ends keep the rest of their contents.
     *
     * @param length the most bytes
     * @param source fills the piece from its position to its limit; fails if it has fewer bytes
     * @param enough told how many bytes it has taken; true ends it there
     * @return how many bytes were written
     */
    long write(long offset, long length, PieceIo source, LongConsumer progress, LongPredicate enough)
            throws IOException {
        checkRange(offset, length);
        long end = offset + length;
        long taken = offset;
        int turn = 0;
        int inFlight = 0;
        long passed = 0;
        boolean more = length > 0;
        while (more || inFlight > 0) {
            if (inFlight < PIECES && more) {
                Piece piece = pieces[(turn + inFlight) % PIECES];
                long start = roundDown(taken);
                int bytes = (int) Math.min(pieceBytes, roundUp(end) - start);
                keepPartialBlocks(piece, start, bytes, taken, end);
                int from = (int) (taken - start);
                int upTo = (int) Math.min(bytes, end - start);
                ByteBuffer view = piece.view.clear().position(from).limit(upTo);
                source.transfer(view);
                if (view.hasRemaining()) {
                    throw new EOFException("the source ended " + view.remaining() + " bytes early");
                }
                piece.submit(
                        session,
                        piece.request.write(lun, start / capacity.blockSize(), blocks(bytes), piece.buffer, 0));
                piece.bytes = upTo - from;
                taken += upTo - from;
                more = taken < end && !enough.test(taken - offset);
                inFlight++;
            } else {
                Piece piece = pieces[turn];
                finish(piece);
                passed += piece.bytes;
                progress.accept(passed);
                turn = (turn + 1) % PIECES;
                inFlight--;
            }
        }
        return passed;
    }

    private void keepPartialBlocks(Piece piece, long start, int bytes, long from, long end) {
        int blockSize = capacity.blockSize();
        if (from > start) {
            session.read(lun, start / blockSize, 1, piece.buffer, 0);
        }
        if (start + bytes > end) {
            int last = bytes - blockSize;
            session.read(lun, (start + last) / blockSize, 1, piece.buffer, last);
        }
    }

    private static void finish(Piece piece) {
        piece.await();
        InitiatorException failure = piece.request.failure();
        if (failure != null) {
            throw failure;
        }
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || length > capacity.bytes() - offset) {
            throw new IllegalArgumentException(length + " bytes at " + offset + " do not lie on the disk, which has "
                    + capacity.bytes() + " (" + ByteSize.format((double) capacity.bytes()) + ")");
        }
    }

    private int blocks(int bytes) {
        return bytes / capacity.blockSize();
    }

    private long roundDown(long offset) {
        return offset - offset % capacity.blockSize();
    }

    private long roundUp(long offset) {
        return roundDown(offset + capacity.blockSize() - 1);
    }

    /** Waits for what is in flight, whatever becomes of it, and gives the buffers back. */
    @Override
    public void close() {
        for (Piece piece : pieces) {
            piece.await();
            piece.buffer.close();
        }
    }

    /** One registered buffer with the request that moves it. */
    private static final class Piece {
        private final RegisteredBuffer buffer;
        private final ByteBuffer view;
        private final ScsiRequest request;
        /** Has a permit while nothing is in flight. */
        private final Semaphore done = new Semaphore(1);

        private long diskOffset;
        private int bytes;

        Piece(Session session, int capacity) {
            buffer = session.allocate(capacity);
            view = buffer.segment().asByteBuffer();
            request = session.newRequest(completed -> done.release());
        }

        void submit(Session to, ScsiRequest prepared) {
            done.acquireUninterruptibly();
            try {
                to.submit(prepared);
            } catch (RuntimeException | Error e) {
                done.release();
                throw e;
            }
        }

        /** Waits until nothing is in flight. */
        void await() {
            done.acquireUninterruptibly();
            done.release();
        }
    }
}
