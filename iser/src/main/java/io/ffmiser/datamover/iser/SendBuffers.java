package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.Places;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.SendBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The places from which control-type PDUs are sent, each with its iSER header in front, in one registered region. A place is free,
 * claimed (the iSCSI layer writes into it) or being sent (it is the device's until the Send completes).
 */
final class SendBuffers implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private enum Use {
        FREE,
        CLAIMED,
        SENDING
    }

    private final MemoryRegion region;
    private final int capacity;
    private final Place[] places;
    private final Places free;
    private final long helloOffset;

    /**
     * Registers the region.
     *
     * @param capacity octets of AHS and data segment behind each BHS
     * @throws io.ffmiser.rdma.RdmaException if the device or the memory-lock limit refuses
     */
    SendBuffers(ProtectionDomain domain, int count, int capacity) {
        this.capacity = Bhs.padded(capacity);
        long stride = stride(capacity);
        helloOffset = count * stride;
        region = domain.allocate(bytes(count, capacity), 0);
        places = new Place[count];
        for (int index = 0; index < count; index++) {
            places[index] = new Place(index, index * stride);
        }
        free = new Places(count);
    }

    /** What so many places take of memory. */
    static long bytes(int count, int capacity) {
        return count * stride(capacity) + ALIGNMENT;
    }

    private static long stride(int capacity) {
        return (IserHeader.CONTROL_LENGTH + Bhs.padded(capacity) + ALIGNMENT - 1L) & -ALIGNMENT;
    }

    boolean isEmpty() {
        return free.isEmpty();
    }

    /** Takes a place; its iSER header names no STag and its BHS is zero. */
    Place claim() {
        Place place = places[free.take()];
        place.clear();
        return place;
    }

    /**
     * The place behind a PDU that was claimed.
     *
     * @throws IllegalArgumentException if it is not one of ours
     * @throws IllegalStateException if it is not claimed
     */
    Place claimed(OutboundPdu pdu) {
        if (!(pdu instanceof Place place) || place.owner() != this) {
            throw new IllegalArgumentException("the PDU was not claimed from this connection");
        }
        if (place.use != Use.CLAIMED) {
            throw new IllegalStateException("the PDU is not claimed: it was sent or given back");
        }
        return place;
    }

    void free(int index) {
        free(places[index]);
    }

    void free(Place place) {
        if (place.use != Use.FREE) {
            place.use = Use.FREE;
            free.giveBack(place.index);
        }
    }

    Place place(int index) {
        return places[index];
    }

    MemorySegment segment() {
        return region.segment();
    }

    /** Where a Hello or a HelloReply is written: of these a connection sends at most one. */
    long helloOffset() {
        return helloOffset;
    }

    void addHello(SendBatch batch) {
        batch.sge(region, helloOffset, IserHeader.LENGTH);
    }

    @Override
    public void close() {
        region.close();
    }

    /** A place for one control-type PDU. */
    final class Place implements OutboundPdu {
        private final int index;
        private final long offset;
        private Use use = Use.FREE;
        /** How many unsignaled RDMA Writes were posted before this Send: when it completes, so have they. */
        private long unsignaledBefore;

        private Place(int index, long offset) {
            this.index = index;
            this.offset = offset;
        }

        private SendBuffers owner() {
            return SendBuffers.this;
        }

        @Override
        public MemorySegment segment() {
            return region.segment();
        }

        @Override
        public long headerOffset() {
            return offset + IserHeader.LENGTH;
        }

        @Override
        public int capacity() {
            return capacity;
        }

        int index() {
            return index;
        }

        /** Where its iSER header begins. */
        long offset() {
            return offset;
        }

        long unsignaledBefore() {
            return unsignaledBefore;
        }

        void unsignaledBefore(long writes) {
            unsignaledBefore = writes;
        }

        private void clear() {
            use = Use.CLAIMED;
            MemorySegment segment = region.segment();
            IserHeader.writeControl(segment, offset);
            long header = headerOffset();
            for (int at = 0; at < Bhs.LENGTH; at += Long.BYTES) {
                segment.set(ValueLayout.JAVA_LONG_UNALIGNED, header + at, 0);
            }
        }

        /**
         * Checks the lengths that stand in the BHS and zeroes the padding.
         *
         * @return octets of the whole iSER message
         * @throws IllegalArgumentException if AHS and data segment are longer than the place
         */
        int finish() {
            MemorySegment segment = region.segment();
            long header = headerOffset();
            int content = Bhs.ahsLength(segment, header) + Bhs.dataLength(segment, header);
            if (content > capacity) {
                throw new IllegalArgumentException(
                        content + " octets of AHS and data segment, but a PDU has room for " + capacity);
            }
            int padded = Bhs.padded(content);
            for (int at = content; at < padded; at++) {
                segment.set(ValueLayout.JAVA_BYTE, header + Bhs.LENGTH + at, (byte) 0);
            }
            return IserHeader.CONTROL_LENGTH + padded;
        }

        /** Adds the message as the memory of the Send begun last. */
        void addTo(SendBatch batch, int length) {
            use = Use.SENDING;
            batch.sge(region, offset, length);
        }
    }
}
