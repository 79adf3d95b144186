package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.rdmacm.gen.rdma_addrinfo;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.ProtectionDomain;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.QueuePairType;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a name and a service are in RDMA's terms (rdma_getaddrinfo(3)): what an endpoint is made from. Owns what librdmacm allocated; an
 * endpoint copies what it needs. Immutable and thread-safe; a close while another thread makes an endpoint from it is refused.
 */
public final class AddressInfo extends NativeObject {
    private static final class Resolve {
        static final MethodHandle HANDLE =
                NativeCall.linkForErrno(LibRdmacm.rdma_getaddrinfo$address(), LibRdmacm.rdma_getaddrinfo$descriptor());
    }

    /** What is wanted (the hints of rdma_getaddrinfo(3)). Each method changes this object and returns it. */
    public static final class Hints {
        private int flags;
        private int family;
        private @Nullable QueuePairType type;
        private @Nullable PortSpace portSpace;
        private @Nullable InetSocketAddress source;

        /** A place to listen at, not one to connect to. */
        public Hints passive() {
            flags |= LibRdmacm.RAI_PASSIVE();
            return this;
        }

        /** The name is an address already: nothing is looked up. */
        public Hints numericHost() {
            flags |= LibRdmacm.RAI_NUMERICHOST();
            return this;
        }

        /** No InfiniBand path is looked up. */
        public Hints noRoute() {
            flags |= LibRdmacm.RAI_NOROUTE();
            return this;
        }

        /**
         * The service is looked up at InfiniBand's subnet administrator by its name or number, with no node (RAI_SA; rdma_resolve_addrinfo(3)); the id
         * is bound to a port of InfiniBand's.
         */
        public Hints subnetAdministration() {
            flags |= LibRdmacm.RAI_SA();
            return this;
        }

        /** Names are looked up as usual (RAI_DNS; rdma_resolve_addrinfo(3)): the default. */
        public Hints dns() {
            flags |= LibRdmacm.RAI_DNS();
            return this;
        }

        /** As the methods above, of bits that may have no method here. */
        public Hints flags(int bits) {
            flags |= bits;
            return this;
        }

        /** IPv4 addresses only. */
        public Hints ipv4() {
            return family(Sockaddr.AF_INET);
        }

        /** IPv6 addresses only. */
        public Hints ipv6() {
            return family(Sockaddr.AF_INET6);
        }

        private Hints family(int number) {
            flags |= LibRdmacm.RAI_FAMILY();
            family = number;
            return this;
        }

        /** What kind of queue pair will use it. */
        public Hints queuePairType(QueuePairType wanted) {
            type = wanted;
            return this;
        }

        /** Whose ports the service is one of. */
        public Hints portSpace(PortSpace wanted) {
            portSpace = wanted;
            return this;
        }

        /** The local address to come from. */
        public Hints source(InetSocketAddress wanted) {
            source = wanted;
            return this;
        }

        private MemorySegment write(SegmentAllocator allocator) {
            MemorySegment to = rdma_addrinfo.allocate(allocator).fill((byte) 0);
            rdma_addrinfo.ai_flags(to, flags);
            rdma_addrinfo.ai_family(to, family);
            rdma_addrinfo.ai_qp_type(to, type == null ? 0 : (int) type.value());
            rdma_addrinfo.ai_port_space(to, portSpace == null ? 0 : portSpace.requireNumber());
            if (source != null) {
                MemorySegment address = Sockaddr.write(source, allocator);
                rdma_addrinfo.ai_src_addr(to, address);
                rdma_addrinfo.ai_src_len(to, (int) address.byteSize());
            }
            return to;
        }
    }

    private final String about;

    @SuppressWarnings("restricted") // bounded by the size of the struct
    private AddressInfo(MemorySegment pointer, String about) {
        super(pointer.reinterpret(rdma_addrinfo.sizeof()));
        this.about = about;
    }

    /**
     * Looks a name and a service up, as getaddrinfo(3) does; may ask a name server and wait for it.
     *
     * @param node a host's name or address; null for any of this host's
     * @param service a service's name or a port's number; null for none
     * @throws VerbsException EINVAL for neither, ENOENT for a name that is not known
     * @throws io.ffmiser.verbs.VerbsUnavailableException when there is no RDMA to be had
     */
    public static AddressInfo resolve(@Nullable String node, @Nullable String service, Hints hints) {
        NativeLibrary.RDMACM.require();
        String about = "address of " + node + " and service " + service;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment captured = arena.allocate(NativeCall.errnoBytes(), Integer.BYTES);
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            int result = (int) Resolve.HANDLE.invokeExact(
                    captured, text(node, arena), text(service, arena), hints.write(arena), out);
            if (result == 0) {
                return new AddressInfo(out.get(ValueLayout.ADDRESS, 0), about);
            }
            int errno = captured.get(ValueLayout.JAVA_INT, 0);
            if (result == -1 && errno != 0) {
                throw EventChannel.unavailable(new VerbsException("rdma_getaddrinfo", new Errno(errno), about, null));
            }
            throw unknown("rdma_getaddrinfo", about, result);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * As {@link #resolve}, with an event on the id's channel when it is done: {@link CmEvent.AddressInfoResolved} or
     * {@link CmEvent.AddressInfoError} (rdma_resolve_addrinfo(3)). A name server is asked, and waited for, in this call all the same.
     *
     * @throws VerbsException EBUSY while an earlier one of the id is not taken by {@link #resolvedFor}, ENOENT for a name that is not known
     * @throws UnsupportedOperationException before rdma-core 60
     */
    public static void resolveFor(CmId id, @Nullable String node, @Nullable String service, Hints hints) {
        try (Arena arena = Arena.ofConfined()) {
            int errno = CmCalls.RESOLVE_ADDRINFO.test(
                    id.toString(), id, text(node, arena), text(service, arena), hints.write(arena));
            if (errno < 0) {
                throw unknown("rdma_resolve_addrinfo", id.toString(), errno);
            }
            if (errno > 0) {
                throw new VerbsException("rdma_resolve_addrinfo", new Errno(errno), id.toString(), null);
            }
        }
    }

    /**
     * What {@link #resolveFor} found, once (rdma_query_addrinfo(3)).
     *
     * @return to be closed; it outlives the id
     * @throws VerbsException ENOENT when nothing was asked for, or it is not there yet
     */
    public static AddressInfo resolvedFor(CmId id) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            CmCalls.QUERY_ADDRINFO.invoke(id.toString(), id, out);
            return new AddressInfo(out.get(ValueLayout.ADDRESS, 0), "address that was looked up for " + id);
        }
    }

    private static VerbsException unknown(String function, String about, int result) { // EAI_NONAME and its kind
        return new VerbsException(
                function,
                Errno.ENOENT,
                about,
                "getaddrinfo(3) answers " + result + ": the name, the service or the two together are not known");
    }

    private static MemorySegment text(@Nullable String text, SegmentAllocator allocator) {
        return text == null ? MemorySegment.NULL : allocator.allocateFrom(text);
    }

    /** Whether it is a place to listen at. */
    public boolean isPassive() {
        return read(info -> (rdma_addrinfo.ai_flags(info) & LibRdmacm.RAI_PASSIVE()) != 0);
    }

    public PortSpace portSpace() {
        return read(info -> PortSpace.of(rdma_addrinfo.ai_port_space(info)));
    }

    /** The local address; null for any. */
    public @Nullable InetSocketAddress source() {
        return address(info -> Sockaddr.readPointer(rdma_addrinfo.ai_src_addr(info), rdma_addrinfo.ai_src_len(info)));
    }

    /** The peer's address; null of a place to listen at. */
    public @Nullable InetSocketAddress destination() {
        return address(info -> Sockaddr.readPointer(rdma_addrinfo.ai_dst_addr(info), rdma_addrinfo.ai_dst_len(info)));
    }

    /** How long the InfiniBand path is that was found, in octets; 0 elsewhere. */
    public long routeLength() {
        return read(rdma_addrinfo::ai_route_len);
    }

    private <T> T read(Function<MemorySegment, T> field) {
        return Lifetime.whileOpen(() -> field.apply(pointer()), this);
    }

    private @Nullable InetSocketAddress address(Function<MemorySegment, @Nullable InetSocketAddress> field) {
        return read(info -> Optional.ofNullable(field.apply(info))).orElse(null);
    }

    /**
     * A synchronous id at this place (rdma_create_ep(3)): bound, and to be told to listen, where this is passive; else with address and route
     * resolved, and to be told to connect. Its close is rdma_destroy_ep(3).
     *
     * @param domain for the queue pairs; null for librdmacm's default one
     * @param attributes of the queue pair, or of those that requests to a listener come with ({@link CmId#getRequest}); null for none
     */
    public CmId createEndpoint(@Nullable ProtectionDomain domain, @Nullable QueuePairInitAttributes attributes) {
        NativeObject[] named = attributes == null ? new NativeObject[0] : attributes.parents(null);
        Stream<NativeObject> places = domain == null ? Stream.of(this) : Stream.of(this, domain);
        NativeObject[] used = Stream.concat(places, Arrays.stream(named)).toArray(NativeObject[]::new);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            return Lifetime.whileOpen(
                    () -> {
                        if (domain != null) {
                            domain.requireSameDevice(named);
                        }
                        CmCalls.CREATE_EP.invoke(
                                about,
                                out,
                                this,
                                domain == null ? MemorySegment.NULL : domain,
                                attributes == null ? MemorySegment.NULL : attributes.write(arena));
                        return CmId.endpoint(out.get(ValueLayout.ADDRESS, 0), isPassive(), domain, attributes);
                    },
                    used);
        }
    }

    @Override
    protected void destroy(MemorySegment closing) {
        LibRdmacm.rdma_freeaddrinfo(closing);
    }

    @Override
    public String toString() {
        return about;
    }
}
