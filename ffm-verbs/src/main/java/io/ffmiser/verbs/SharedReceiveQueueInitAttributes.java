package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_srq_init_attr_ex;
import io.ffmiser.verbs.gen.ibv_tm_cap;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an extended shared receive queue is created with (struct ibv_srq_init_attr_ex, ibv_create_srq_ex(3)).
 *
 * @param type what it is for
 * @param size how much it must hold
 * @param xrcDomain of an XRC queue, else null
 * @param completions where an XRC queue or one that matches tags completes, else null
 * @param maxTags of one that matches tags: how many are posted at once
 * @param maxTagOperations of one that matches tags: how many lists of tag operations are under way
 */
public record SharedReceiveQueueInitAttributes(
        Type type,
        SharedReceiveQueueAttributes size,
        @Nullable XrcDomain xrcDomain,
        @Nullable CompletionQueue completions,
        int maxTags,
        int maxTagOperations) {

    /** What the queue is for (enum ibv_srq_type). */
    public enum Type implements NativeConstant {
        BASIC(LibIbverbs.IBV_SRQT_BASIC()),
        /** Receives of extended reliable connections, which name the queue by its number. */
        XRC(LibIbverbs.IBV_SRQT_XRC()),
        /** The device matches messages to receives by tags. */
        TAG_MATCHING(LibIbverbs.IBV_SRQT_TM());

        private final int value;

        Type(int value) {
            this.value = value;
        }

        @Override
        public long value() {
            return value;
        }
    }

    /** Refuses a type without what it needs. */
    public SharedReceiveQueueInitAttributes {
        if (type == Type.XRC && xrcDomain == null) {
            throw new IllegalArgumentException("an XRC queue needs an xrcDomain");
        }
        if (type != Type.BASIC && completions == null) {
            throw new IllegalArgumentException("a queue of type " + type + " needs a queue for its completions");
        }
        if (maxTags < 0 || maxTagOperations < 0) {
            throw new IllegalArgumentException(
                    maxTags + " tags and " + maxTagOperations + " operations: from 0 is possible");
        }
    }

    /** For any queue pair. */
    public static SharedReceiveQueueInitAttributes basic(SharedReceiveQueueAttributes size) {
        return new SharedReceiveQueueInitAttributes(Type.BASIC, size, null, null, 0, 0);
    }

    /** For extended reliable connections of a domain. */
    public static SharedReceiveQueueInitAttributes xrc(
            SharedReceiveQueueAttributes size, XrcDomain domain, CompletionQueue completions) {
        return new SharedReceiveQueueInitAttributes(Type.XRC, size, domain, completions, 0, 0);
    }

    /** With tags. */
    public static SharedReceiveQueueInitAttributes tagMatching(
            SharedReceiveQueueAttributes size, CompletionQueue completions, int maxTags, int maxTagOperations) {
        return new SharedReceiveQueueInitAttributes(
                Type.TAG_MATCHING, size, null, completions, maxTags, maxTagOperations);
    }

    /** What must outlive a queue that is made with these. */
    public NativeObject[] parents(ProtectionDomain domain) {
        List<NativeObject> parents = new ArrayList<>(List.of(domain));
        if (xrcDomain != null) {
            parents.add(xrcDomain);
        }
        if (completions != null) {
            parents.add(completions);
        }
        return parents.toArray(new NativeObject[0]);
    }

    /** The attributes as a {@code struct ibv_srq_init_attr_ex} without a context. */
    public MemorySegment write(SegmentAllocator allocator, ProtectionDomain domain) {
        MemorySegment init = allocator.allocate(ibv_srq_init_attr_ex.layout()).fill((byte) 0);
        size.write(ibv_srq_init_attr_ex.attr(init));
        int mask = LibIbverbs.IBV_SRQ_INIT_ATTR_TYPE() | LibIbverbs.IBV_SRQ_INIT_ATTR_PD();
        ibv_srq_init_attr_ex.srq_type(init, (int) type.value());
        ibv_srq_init_attr_ex.pd(init, domain.pointer());
        if (xrcDomain != null) {
            mask |= LibIbverbs.IBV_SRQ_INIT_ATTR_XRCD();
            ibv_srq_init_attr_ex.xrcd(init, xrcDomain.pointer());
        }
        if (completions != null) {
            mask |= LibIbverbs.IBV_SRQ_INIT_ATTR_CQ();
            ibv_srq_init_attr_ex.cq(init, completions.pointer());
        }
        if (type == Type.TAG_MATCHING) {
            mask |= LibIbverbs.IBV_SRQ_INIT_ATTR_TM();
            MemorySegment tags = ibv_srq_init_attr_ex.tm_cap(init);
            ibv_tm_cap.max_num_tags(tags, maxTags);
            ibv_tm_cap.max_ops(tags, maxTagOperations);
        }
        ibv_srq_init_attr_ex.comp_mask(init, mask);
        return init;
    }
}
