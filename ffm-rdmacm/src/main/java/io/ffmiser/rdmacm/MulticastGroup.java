package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.rdmacm.gen.rdma_cm_join_mc_attr_ex;
import io.ffmiser.rdmacm.gen.sockaddr_storage;
import io.ffmiser.verbs.internal.NativeMemory;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A datagram id's membership of a multicast group (rdma_join_multicast(3)): it begins with {@link CmEvent.MulticastJoin}, or comes to nothing
 * with {@link CmEvent.MulticastError}; closing it leaves the group, also before it was joined (rdma_leave_multicast(3)).
 *
 * <p>A child of its {@link CmId}, which must be bound to a device. It may be closed from any thread, once; closing waits until who takes one of its
 * events just then has it.
 */
public final class MulticastGroup extends NativeObject {
    /** What a member takes part in. */
    public enum Membership {
        /** Sends and receives. */
        FULL,
        /** Sends only, and is not attached; for InfiniBand. */
        SEND_ONLY
    }

    private static final AtomicLong NUMBERS = new AtomicLong();

    private final CmId id;
    private final InetSocketAddress group;
    private final NativeMemory memory;
    private final long number = NUMBERS.incrementAndGet();

    private MulticastGroup(CmId id, InetSocketAddress group, NativeMemory memory) {
        super(Sockaddr.write(group, SegmentAllocator.prefixAllocator(memory.segment())), id);
        this.id = id;
        this.group = group;
        this.memory = memory;
    }

    static MulticastGroup join(CmId id, InetSocketAddress address) {
        MulticastGroup group =
                new MulticastGroup(id, Sockaddr.resolved(address), new NativeMemory(sockaddr_storage.sizeof()));
        id.register(group);
        try {
            id.invoke(CmCalls.JOIN_MULTICAST, group.pointer(), MemorySegment.ofAddress(group.number));
        } catch (RuntimeException | Error e) {
            group.close(); // leaving fails, as there is nothing to leave
            throw e;
        }
        return group;
    }

    static MulticastGroup join(CmId id, InetSocketAddress address, Membership membership) {
        MulticastGroup group =
                new MulticastGroup(id, Sockaddr.resolved(address), new NativeMemory(sockaddr_storage.sizeof()));
        id.register(group);
        try (Arena call = Arena.ofConfined()) {
            MemorySegment attributes = rdma_cm_join_mc_attr_ex.allocate(call).fill((byte) 0);
            rdma_cm_join_mc_attr_ex.comp_mask(
                    attributes, LibRdmacm.RDMA_CM_JOIN_MC_ATTR_ADDRESS() | LibRdmacm.RDMA_CM_JOIN_MC_ATTR_JOIN_FLAGS());
            rdma_cm_join_mc_attr_ex.join_flags(
                    attributes,
                    membership == Membership.FULL
                            ? LibRdmacm.RDMA_MC_JOIN_FLAG_FULLMEMBER()
                            : LibRdmacm.RDMA_MC_JOIN_FLAG_SENDONLY_FULLMEMBER());
            rdma_cm_join_mc_attr_ex.addr(attributes, group.pointer());
            id.invoke(CmCalls.JOIN_MULTICAST_EX, attributes, MemorySegment.ofAddress(group.number));
        } catch (RuntimeException | Error e) {
            group.close(); // leaving fails, as there is nothing to leave
            throw e;
        }
        return group;
    }

    /** Whose membership it is. */
    public CmId id() {
        return id;
    }

    /** The address of the group; its port is of no use. */
    public InetSocketAddress address() {
        return group;
    }

    /** What goes to C as the context of the join and comes back with its events. */
    long number() {
        return number;
    }

    /** C forgets the membership whether the kernel still knows it or not: there is nothing to do about a failure. */
    @Override
    protected void destroy(MemorySegment closing) {
        CmCalls.LEAVE_MULTICAST.test(toString(), id, closing);
        id.forget(this);
        memory.close();
    }

    @Override
    public String toString() {
        return "membership of " + group + " of " + id;
    }
}
