package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The receives of full feature phase, in one registered region, or one more each time they are extended. A place is posted, or holds a PDU that is being delivered, is
 * retained by the iSCSI layer, or is held until the STags of its task are invalid and whatever arrived before it was notified.
 */
final class ReceiveBuffers implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    /** Is told when a retained PDU came back. */
    interface Owner {
        void released(Arrived pdu);
    }

    private final Owner owner;
    private final List<MemoryRegion> regions = new ArrayList<>();
    private final int length;
    private final int maxDataLength;
    private Arrived[] places = new Arrived[0];
    private int posted;

    /**
     * Registers the region.
     *
     * @throws io.ffmiser.rdma.RdmaException if the device or the memory-lock limit refuses
     */
    ReceiveBuffers(Owner owner, ProtectionDomain domain, int count, int ahsLength, int dataLength) {
        this.owner = owner;
        maxDataLength = dataLength;
        length = length(ahsLength, dataLength);
        add(domain, count);
    }

    /** What so many receives take of memory, in one region. */
    static long bytes(int count, int ahsLength, int dataLength) {
        return count * stride(length(ahsLength, dataLength));
    }

    private static int length(int ahsLength, int dataLength) {
        return IserHeader.CONTROL_LENGTH + Bhs.padded(ahsLength) + Bhs.padded(dataLength);
    }

    private static long stride(int length) {
        return (length + ALIGNMENT - 1L) & -ALIGNMENT;
    }

    private void add(ProtectionDomain domain, int count) {
        long stride = stride(length);
        MemoryRegion region = domain.allocate(count * stride, Access.LOCAL_WRITE);
        regions.add(region);
        int had = places.length;
        places = Arrays.copyOf(places, had + count);
        for (int i = 0; i < count; i++) {
            places[had + i] = new Arrived(region, had + i, i * stride);
        }
    }

    /**
     * Registers another region and posts its receives.
     *
     * @throws io.ffmiser.rdma.RdmaException if the device or the memory-lock limit refuses
     */
    void extend(ProtectionDomain domain, int count, Connection connection) {
        int had = places.length;
        add(domain, count);
        for (int index = had; index < places.length; index++) {
            post(connection, places[index]);
        }
    }

    void postAll(Connection connection) {
        for (Arrived place : places) {
            post(connection, place);
        }
    }

    void post(Connection connection, Arrived place) {
        place.use = Use.POSTED;
        posted++;
        connection.postReceive(WorkId.of(WorkId.RECEIVE, place.index), place.region, place.offset, length);
    }

    /** Takes note that a receive completed. */
    Arrived completed(int index, int byteLength) {
        posted--;
        Arrived place = places[index];
        place.use = Use.DELIVERING;
        place.length = byteLength;
        return place;
    }

    Arrived place(int index) {
        return places[index];
    }

    int posted() {
        return posted;
    }

    @Override
    public void close() {
        for (MemoryRegion region : regions) {
            region.close();
        }
    }

    private enum Use {
        POSTED,
        DELIVERING,
        RETAINED,
        HELD
    }

    /** What arrived in one place: an iSER message, and if it is {@link #parseControl well formed} the PDU in it. */
    final class Arrived implements InboundPdu {
        private final MemoryRegion region;
        private final int index;
        private final long offset;
        private Use use = Use.DELIVERING;
        /** How many times it is retained. */
        private int retains;

        private boolean notifying;
        /** Of one that is held: what has to be notified after it, and whether it itself may be. */
        private @Nullable Arrived next;

        private boolean ready;
        private int length;
        private int ahsLength;
        private int dataLength;

        private Arrived(MemoryRegion region, int index, long offset) {
            this.region = region;
            this.index = index;
            this.offset = offset;
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
        public int ahsLength() {
            return ahsLength;
        }

        @Override
        public long dataOffset() {
            return offset + IserHeader.CONTROL_LENGTH + ahsLength;
        }

        @Override
        public int dataLength() {
            return dataLength;
        }

        @Override
        public InboundPdu retain() {
            if (use != Use.DELIVERING && use != Use.RETAINED) {
                throw new IllegalStateException("a PDU can be retained while it is notified or retained");
            }
            use = Use.RETAINED;
            retains++;
            return this;
        }

        @Override
        public void release() {
            if (use != Use.RETAINED) {
                throw new IllegalStateException("the PDU is not retained");
            }
            retains--;
            if (retains == 0) {
                use = Use.DELIVERING;
                owner.released(this);
            }
        }

        int index() {
            return index;
        }

        /** Where its iSER header begins. */
        long offset() {
            return offset;
        }

        /** Octets received. */
        int length() {
            return length;
        }

        /** Neither retained, nor held, nor being notified: may be posted again. */
        boolean isDone() {
            return use == Use.DELIVERING && !notifying;
        }

        void notifying(boolean now) {
            notifying = now;
        }

        /** Keeps it from being posted until it is delivered later; {@link ArrivalOrder} does. */
        void hold(boolean isReady) {
            use = Use.HELD;
            ready = isReady;
        }

        /** What it waited for has happened. */
        void ready() {
            ready = true;
        }

        boolean isReady() {
            return ready;
        }

        @Nullable
        Arrived next() {
            return next;
        }

        void next(@Nullable Arrived pdu) {
            next = pdu;
        }

        /** Ends {@link #hold}. */
        void unhold() {
            use = Use.DELIVERING;
        }

        IserHeader.Form form() {
            return IserHeader.form(region.segment(), offset, length);
        }

        /**
         * Takes the lengths from the BHS and checks them against what was received. The padding of the data segment may be there or
         * not: peers differ.
         *
         * @return what is wrong, or null
         */
        @Nullable
        String parseControl() {
            ahsLength = Bhs.ahsLength(region.segment(), headerOffset());
            dataLength = Bhs.dataLength(region.segment(), headerOffset());
            int expected = IserHeader.CONTROL_LENGTH + ahsLength + dataLength;
            if (length < expected || length > expected + 3) {
                return "received " + length + " octets, but the BHS announces " + expected;
            }
            if (dataLength > maxDataLength) {
                return "data segment of " + dataLength + " octets, negotiated were " + maxDataLength;
            }
            return null;
        }
    }
}
