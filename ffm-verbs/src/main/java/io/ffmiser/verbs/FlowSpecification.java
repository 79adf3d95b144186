package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_flow_spec;
import io.ffmiser.verbs.gen.ibv_flow_spec_action_drop;
import io.ffmiser.verbs.gen.ibv_flow_spec_action_handle;
import io.ffmiser.verbs.gen.ibv_flow_spec_action_tag;
import io.ffmiser.verbs.gen.ibv_flow_spec_counter_action;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One part of a {@link Flow}; they stand behind each other without padding: a header that packets must have, or what is done with those that have it (ibv_create_flow(3)). */
public sealed interface FlowSpecification {
    /** The size of its C struct in bytes. */
    long byteSize();

    /** Writes its C struct. */
    void writeTo(MemorySegment to);

    /**
     * Packets must have this header.
     *
     * @param value what its fields must be
     * @param mask which of their bits count; of the same protocol
     * @param inner whether it is the header within a tunnel
     * @param <F> the protocol's filter
     */
    record Match<F extends FlowFilter>(F value, F mask, boolean inner) implements FlowSpecification {
        /** The outer header. */
        public Match(F value, F mask) {
            this(value, mask, false);
        }

        @Override
        public long byteSize() {
            return value.shape().specificationSize();
        }

        @Override
        public void writeTo(MemorySegment to) {
            FlowFilter.Shape shape = value.shape();
            writeHead(to, shape.type() | (inner ? LibIbverbs.IBV_FLOW_SPEC_INNER() : 0), byteSize());
            value.writeTo(to.asSlice(shape.valueOffset(), shape.filterSize()));
            mask.writeTo(to.asSlice(shape.maskOffset(), shape.filterSize()));
        }
    }

    /**
     * Completions of matching packets carry a number.
     *
     * @param tag 32 bits; devices take 24 of them
     */
    record Tag(int tag) implements FlowSpecification {
        @Override
        public long byteSize() {
            return ibv_flow_spec_action_tag.sizeof();
        }

        @Override
        public void writeTo(MemorySegment to) {
            writeHead(to, LibIbverbs.IBV_FLOW_SPEC_ACTION_TAG(), byteSize());
            ibv_flow_spec_action_tag.tag_id(to, tag);
        }
    }

    /** Matching packets are dropped. */
    record Drop() implements FlowSpecification {
        @Override
        public long byteSize() {
            return ibv_flow_spec_action_drop.sizeof();
        }

        @Override
        public void writeTo(MemorySegment to) {
            writeHead(to, LibIbverbs.IBV_FLOW_SPEC_ACTION_DROP(), byteSize());
        }
    }

    /**
     * Something is done to matching packets.
     *
     * @param action must outlive the flow
     */
    record Act(FlowAction action) implements FlowSpecification {
        @Override
        public long byteSize() {
            return ibv_flow_spec_action_handle.sizeof();
        }

        @Override
        public void writeTo(MemorySegment to) {
            writeHead(to, LibIbverbs.IBV_FLOW_SPEC_ACTION_HANDLE(), byteSize());
            to.set(ValueLayout.ADDRESS_UNALIGNED, ibv_flow_spec_action_handle.action$offset(), action.pointer());
        }
    }

    /**
     * Matching packets are counted.
     *
     * @param counters must outlive the flow
     */
    record Count(Counters counters) implements FlowSpecification {
        @Override
        public long byteSize() {
            return ibv_flow_spec_counter_action.sizeof();
        }

        @Override
        public void writeTo(MemorySegment to) {
            writeHead(to, LibIbverbs.IBV_FLOW_SPEC_ACTION_COUNT(), byteSize());
            to.set(ValueLayout.ADDRESS_UNALIGNED, ibv_flow_spec_counter_action.counters$offset(), counters.pointer());
        }
    }

    private static void writeHead(MemorySegment to, int type, long size) {
        MemorySegment head = to.asSlice(0, ibv_flow_spec.hdr.sizeof());
        ibv_flow_spec.hdr.type(head, type);
        ibv_flow_spec.hdr.size(head, (short) size);
    }
}
