package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_ah;
import io.ffmiser.verbs.gen.ibv_ah_attr;
import io.ffmiser.verbs.gen.ibv_grh;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeData;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A peer's address, made ready for datagrams (ibv_create_ah(3)). A child of its {@link ProtectionDomain}; thread-safe;
 * closing as the {@linkplain io.ffmiser.verbs package} says.
 */
public final class AddressHandle extends NativeObject {
    private static final NativeCall.ToPointer CREATE = new NativeCall.ToPointer(
            "ibv_create_ah", LibIbverbs::ibv_create_ah$address, LibIbverbs::ibv_create_ah$descriptor);
    private static final NativeCall.ToPointer CREATE_FROM_WC = new NativeCall.ToPointer(
            "ibv_create_ah_from_wc",
            LibIbverbs::ibv_create_ah_from_wc$address,
            LibIbverbs::ibv_create_ah_from_wc$descriptor);
    private static final NativeCall.ToErrno INIT_FROM_WC = new NativeCall.ToErrno(
            "ibv_init_ah_from_wc", LibIbverbs::ibv_init_ah_from_wc$address, LibIbverbs::ibv_init_ah_from_wc$descriptor);
    private static final NativeCall.ToErrno DESTROY = new NativeCall.ToErrno(
            "ibv_destroy_ah", LibIbverbs::ibv_destroy_ah$address, LibIbverbs::ibv_destroy_ah$descriptor);

    private final ProtectionDomain domain;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private AddressHandle(MemorySegment pointer, ProtectionDomain domain) {
        super(pointer.reinterpret(ibv_ah.sizeof()), domain);
        this.domain = domain;
    }

    public static AddressHandle create(ProtectionDomain domain, AddressHandleAttributes attributes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_ah_attr.allocate(arena);
            attributes.writeTo(attr);
            return Lifetime.whileOpen(
                    () -> new AddressHandle(CREATE.invoke(domain.toString(), domain.pointer(), attr), domain), domain);
        }
    }

    /**
     * The way back to who sent a datagram (ibv_create_ah_from_wc(3)).
     *
     * @param completion of the receive
     * @param buffer what it received into: the first 40 bytes are the route header where the completion has one
     * @param port the local port, from 1
     */
    public static AddressHandle createFrom(
            ProtectionDomain domain, WorkCompletion completion, MemorySegment buffer, int port) {
        byte number = Context.portNumber(port);
        MemorySegment header = NativeData.readable(buffer).asSlice(0, ibv_grh.sizeof());
        return Lifetime.whileOpen(
                () -> new AddressHandle(
                        CREATE_FROM_WC.invoke(domain.toString(), domain.pointer(), completion.struct(), header, number),
                        domain),
                domain);
    }

    /**
     * As {@link #createFrom}, as attributes, such as for another service level (ibv_init_ah_from_wc(3)).
     *
     * @param completion of the receive
     * @param buffer what it received into: the first 40 bytes are the route header where the completion has one
     * @param port the local port, from 1
     */
    public static AddressHandleAttributes attributesFrom(
            Context context, WorkCompletion completion, MemorySegment buffer, int port) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attr = ibv_ah_attr.allocate(arena);
            INIT_FROM_WC.invoke(
                    context.toString(),
                    context,
                    Context.portNumber(port),
                    completion.struct(),
                    NativeData.readable(buffer).asSlice(0, ibv_grh.sizeof()),
                    attr);
            return AddressHandleAttributes.readFrom(attr);
        }
    }

    public ProtectionDomain protectionDomain() {
        return domain;
    }

    @Override
    protected void destroy(MemorySegment closing) {
        DESTROY.invoke(toString(), closing);
    }

    @Override
    public String toString() {
        return "address handle on " + domain.context().device().name();
    }
}
