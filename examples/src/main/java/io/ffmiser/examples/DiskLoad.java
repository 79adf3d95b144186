package io.ffmiser.examples;

import io.ffmiser.initiator.Capacity;
import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.InitiatorException;
import io.ffmiser.initiator.RegisteredBuffer;
import io.ffmiser.initiator.ScsiRequest;
import io.ffmiser.initiator.Session;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Keeps a number of random reads or writes of one size in flight and measures each one's time. Belongs to the thread that drives the
 * initiator; a run allocates nothing per I/O.
 */
public final class DiskLoad implements AutoCloseable {
    private final Initiator initiator;
    private final Session session;
    private final int lun;
    private final int blockSize;
    private final int blocks;
    private final long positions;
    private final Slot[] slots;
    private final SplittableRandom random;
    private boolean writing;
    private boolean submitting;
    private long endNanos;
    private int inFlight;
    private long completed;
    private Histogram latencies = new Histogram(3);

    /**
     * A load on a disk.
     *
     * @param bytes of each I/O, a multiple of the disk's block size
     * @param maxDepth the most I/Os ever in flight
     */
    public DiskLoad(Initiator initiator, Session session, int lun, int bytes, int maxDepth, long seed) {
        Capacity capacity = session.capacity(lun);
        if (bytes <= 0 || bytes % capacity.blockSize() != 0 || bytes > capacity.bytes()) {
            throw new IllegalArgumentException("I/Os of " + bytes + " bytes do not fit a disk of " + capacity.bytes()
                    + " bytes in blocks of " + capacity.blockSize());
        }
        this.initiator = initiator;
        this.session = session;
        this.lun = lun;
        blockSize = capacity.blockSize();
        blocks = bytes / blockSize;
        positions = capacity.blocks() / blocks;
        random = new SplittableRandom(seed);
        slots = new Slot[maxDepth];
        for (int i = 0; i < maxDepth; i++) {
            slots[i] = new Slot(bytes);
        }
    }

    /**
     * Runs for a while, then waits for what is in flight.
     *
     * @param depth I/Os in flight
     * @param into takes each I/O's time in nanoseconds
     * @return I/Os per second
     * @throws InitiatorException if one fails
     */
    public double run(boolean write, int depth, long nanos, Histogram into) {
        writing = write;
        latencies = into;
        completed = 0;
        submitting = true;
        long begin = System.nanoTime();
        endNanos = begin + nanos;
        for (int i = 0; i < depth; i++) {
            slots[i].submit(begin);
        }
        while (inFlight > 0) {
            initiator.poll();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        for (int i = 0; i < depth; i++) {
            InitiatorException failure = slots[i].request.failure();
            if (failure != null) {
                throw failure;
            }
        }
        return completed / seconds;
    }

    @Override
    public void close() {
        for (Slot slot : slots) {
            slot.buffer.close();
        }
    }

    private final class Slot {
        private final RegisteredBuffer buffer;
        private final ScsiRequest request;
        private long submittedNanos;

        Slot(int bytes) {
            buffer = session.allocate(bytes);
            request = session.newRequest(this::completed);
        }

        void submit(long now) {
            submittedNanos = now;
            long lba = random.nextLong(positions) * blocks;
            inFlight++;
            session.submit(
                    writing ? request.write(lun, lba, blocks, buffer, 0) : request.read(lun, lba, blocks, buffer, 0));
        }

        private void completed(ScsiRequest done) {
            inFlight--;
            completed++;
            long now = System.nanoTime();
            latencies.recordValue(now - submittedNanos);
            submitting &= now < endNanos && done.isGood();
            if (submitting) {
                submit(now);
            }
        }
    }
}
