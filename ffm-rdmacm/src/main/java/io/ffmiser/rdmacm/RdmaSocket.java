package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.rdmacm.gen.sockaddr_storage;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.Flags;
import io.ffmiser.verbs.NativeConstant;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.internal.Constants;
import io.ffmiser.verbs.internal.DescriptorWaits;
import io.ffmiser.verbs.internal.FileDescriptors;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeCall.ToErrno;
import io.ffmiser.verbs.internal.NativeCall.ToMinusOne;
import io.ffmiser.verbs.internal.NativeData;
import io.ffmiser.verbs.internal.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A socket over RDMA (rsocket(7)): a stream or datagrams by the calls of a socket, with queue pairs, memory and completions left to librdmacm,
 * which copies what is sent and received; {@link #writeMapped} alone goes straight to the peer's memory. The peer is an rsocket too.
 *
 * <p>The descriptor is of librdmacm's own kind: no call of the kernel takes it. Calls wait until {@link #setNonBlocking}; one that would have to
 * wait then fails with EAGAIN, and {@link #poll} tells when it would not. One thread may receive while another sends. {@link #close} may come from
 * any thread and is refused while a call is in progress: {@link #shutdown} ends one that waits for the peer; an interrupt ends {@link #poll} alone. Memory is
 * native, never of the heap, and stays open until the call has returned. A call allocates a little: what must not is on {@link CmId} and
 * the verbs.
 */
public final class RdmaSocket implements AutoCloseable {
    /** What a call does differently (recv(2), send(2)). */
    public enum MessageFlag implements NativeConstant {
        /** What is received stays there to be received again. */
        PEEK(0x02),
        /** This call does not wait. */
        DONT_WAIT(0x40);

        private final int value;

        MessageFlag(int value) {
            this.value = value;
        }

        @Override
        public long value() {
            return value;
        }
    }

    /** What is waited for, and what {@link #poll} found (poll(2)). */
    public enum Readiness implements NativeConstant {
        /** There is something to receive, or a connection to accept. */
        READABLE(0x01),
        /** There is room to send, or the connection stands. */
        WRITABLE(0x04),
        /** It failed; found without being asked for. */
        ERROR(0x08),
        /** The peer is gone; found without being asked for. */
        HUNG_UP(0x10),
        /** It is closed; found without being asked for. */
        INVALID(0x20);

        private final int value;

        Readiness(int value) {
            this.value = value;
        }

        @Override
        public long value() {
            return value;
        }
    }

    /**
     * A socket and what is waited for, or was found.
     *
     * @param readiness empty where nothing was found
     */
    public record Polled(RdmaSocket socket, Set<Readiness> readiness) {}

    /** Of polls; none is woken by a close, which is refused while a socket is polled. */
    private static final DescriptorWaits WAITS = new DescriptorWaits();

    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SHUT_WR = 1;
    private static final int SHUT_RDWR = 2;
    private static final int PROT_WRITE = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;

    private static final MemoryLayout IOVEC = MemoryLayout.structLayout(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
    private static final MemoryLayout POLLFD =
            MemoryLayout.structLayout(ValueLayout.JAVA_INT, ValueLayout.JAVA_SHORT, ValueLayout.JAVA_SHORT);

    private static final ToMinusOne SOCKET =
            new ToMinusOne("rsocket", LibRdmacm::rsocket$address, LibRdmacm::rsocket$descriptor);
    private static final ToMinusOne BIND =
            new ToMinusOne("rbind", LibRdmacm::rbind$address, LibRdmacm::rbind$descriptor);
    private static final ToMinusOne LISTEN =
            new ToMinusOne("rlisten", LibRdmacm::rlisten$address, LibRdmacm::rlisten$descriptor);
    private static final ToMinusOne ACCEPT =
            new ToMinusOne("raccept", LibRdmacm::raccept$address, LibRdmacm::raccept$descriptor);
    private static final ToMinusOne CONNECT =
            new ToMinusOne("rconnect", LibRdmacm::rconnect$address, LibRdmacm::rconnect$descriptor);
    private static final ToMinusOne SHUTDOWN =
            new ToMinusOne("rshutdown", LibRdmacm::rshutdown$address, LibRdmacm::rshutdown$descriptor);
    private static final ToErrno CLOSE = new ToErrno("rclose", LibRdmacm::rclose$address, LibRdmacm::rclose$descriptor);
    private static final ToMinusOne RECV =
            new ToMinusOne("rrecv", LibRdmacm::rrecv$address, LibRdmacm::rrecv$descriptor);
    private static final ToMinusOne RECVFROM =
            new ToMinusOne("rrecvfrom", LibRdmacm::rrecvfrom$address, LibRdmacm::rrecvfrom$descriptor);
    private static final ToMinusOne READ =
            new ToMinusOne("rread", LibRdmacm::rread$address, LibRdmacm::rread$descriptor);
    private static final ToMinusOne SEND =
            new ToMinusOne("rsend", LibRdmacm::rsend$address, LibRdmacm::rsend$descriptor);
    private static final ToMinusOne SENDTO =
            new ToMinusOne("rsendto", LibRdmacm::rsendto$address, LibRdmacm::rsendto$descriptor);
    private static final ToMinusOne WRITE =
            new ToMinusOne("rwrite", LibRdmacm::rwrite$address, LibRdmacm::rwrite$descriptor);
    private static final ToMinusOne WRITEV =
            new ToMinusOne("rwritev", LibRdmacm::rwritev$address, LibRdmacm::rwritev$descriptor);
    private static final ToMinusOne POLL =
            new ToMinusOne("rpoll", LibRdmacm::rpoll$address, LibRdmacm::rpoll$descriptor);
    private static final ToMinusOne GETPEERNAME =
            new ToMinusOne("rgetpeername", LibRdmacm::rgetpeername$address, LibRdmacm::rgetpeername$descriptor);
    private static final ToMinusOne GETSOCKNAME =
            new ToMinusOne("rgetsockname", LibRdmacm::rgetsockname$address, LibRdmacm::rgetsockname$descriptor);
    private static final ToMinusOne SETSOCKOPT =
            new ToMinusOne("rsetsockopt", LibRdmacm::rsetsockopt$address, LibRdmacm::rsetsockopt$descriptor);
    private static final ToMinusOne GETSOCKOPT =
            new ToMinusOne("rgetsockopt", LibRdmacm::rgetsockopt$address, LibRdmacm::rgetsockopt$descriptor);
    // Variadic in C; an int travels in the same register either way on the platforms that the bindings are for.
    private static final ToMinusOne FCNTL = new ToMinusOne(
            "rfcntl",
            LibRdmacm.rfcntl::address,
            () -> FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final ToMinusOne IOMAP =
            new ToMinusOne("riomap", LibRdmacm::riomap$address, LibRdmacm::riomap$descriptor);
    private static final ToMinusOne IOUNMAP =
            new ToMinusOne("riounmap", LibRdmacm::riounmap$address, LibRdmacm::riounmap$descriptor);
    private static final ToMinusOne IOWRITE =
            new ToMinusOne("riowrite", LibRdmacm::riowrite$address, LibRdmacm::riowrite$descriptor);

    private final int descriptor;
    private final Lifetime lifetime = new Lifetime(this);
    private final Set<MemorySegment> mapped = ConcurrentHashMap.newKeySet();

    private RdmaSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * A stream (rsocket(3)).
     *
     * @param family INET or INET6
     * @throws VerbsUnavailableException when there is no RDMA to be had, with what to install, load or allow
     */
    public static RdmaSocket stream(ProtocolFamily family) {
        return create(family, SOCK_STREAM);
    }

    /** As {@link #stream}, for datagrams; on InfiniBand only, as librdmacm addresses them by LID: elsewhere {@link #sendTo} fails. */
    public static RdmaSocket datagram(ProtocolFamily family) {
        return create(family, SOCK_DGRAM);
    }

    private static RdmaSocket create(ProtocolFamily family, int type) {
        NativeLibrary.RDMACM.require();
        int domain = family == StandardProtocolFamily.INET6 ? Sockaddr.AF_INET6 : Sockaddr.AF_INET;
        try {
            return new RdmaSocket(SOCKET.invoke("an rsocket of " + family, domain, type, 0));
        } catch (VerbsException e) {
            throw EventChannel.unavailable(e);
        }
    }

    /** Calls something of librdmacm with the descriptor, while nobody closes it: another socket may have its number then. */
    private long call(ToLongFunction<Integer> function) {
        lifetime.enter();
        try {
            return function.applyAsLong(descriptor);
        } finally {
            lifetime.leave();
        }
    }

    /** The descriptor of a socket that is open. */
    int open() {
        lifetime.requireOpen();
        return descriptor;
    }

    /** Keeps it open until {@link #release}; the descriptor. */
    int hold() {
        lifetime.enter();
        return descriptor;
    }

    void release() {
        lifetime.leave();
    }

    /** Takes a local address (rbind(3)); a port of 0 is any that is free. */
    public void bind(InetSocketAddress local) {
        withAddress(BIND, local);
    }

    /**
     * Connects (rconnect(3)).
     *
     * @throws VerbsException ECONNREFUSED when nobody listens there; EINPROGRESS when the socket does not wait: it becomes writable
     */
    public void connect(InetSocketAddress peer) {
        withAddress(CONNECT, peer);
    }

    private void withAddress(ToMinusOne call, InetSocketAddress address) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = Sockaddr.write(address, arena);
            call(fd -> call.invoke(this + " and " + address, fd, written, (int) written.byteSize()));
        }
    }

    /**
     * Lets peers connect (rlisten(3)).
     *
     * @param backlog so many before they are accepted, 0 or more
     */
    public void listen(int backlog) {
        if (backlog < 0) {
            throw new IllegalArgumentException("a backlog of " + backlog + ": 0 or more are possible");
        }
        call(fd -> LISTEN.invoke(toString(), fd, backlog));
    }

    /** The next peer's connection, the caller's to close (raccept(3)). It has the sizes and mappings of this one's options, and waits. */
    public RdmaSocket accept() {
        return new RdmaSocket((int) call(fd -> ACCEPT.invoke(toString(), fd, MemorySegment.NULL, MemorySegment.NULL)));
    }

    /** Ends sending: the peer finds the end of the stream (rshutdown(3)). */
    public void shutdownOutput() {
        call(fd -> SHUTDOWN.invoke(toString(), fd, SHUT_WR));
    }

    /** Ends both directions, and disconnects (rshutdown(3)). */
    public void shutdown() {
        call(fd -> SHUTDOWN.invoke(toString(), fd, SHUT_RDWR));
    }

    /** Receives what is there, at least one byte (rread(3)); 0 at the end of the stream. */
    public long read(MemorySegment into) {
        NativeData.writable(into);
        return call(fd -> READ.invokeLong(toString(), fd, into, into.byteSize()));
    }

    /** As {@link #read}, in a particular way (rrecv(3)). */
    public long receive(MemorySegment into, Set<MessageFlag> flags) {
        NativeData.writable(into);
        return call(fd -> RECV.invokeLong(toString(), fd, into, into.byteSize(), (int) Constants.bits(flags)));
    }

    /** Sends (rwrite(3)), less than all where there is no room and the socket does not wait. */
    public long write(MemorySegment from) {
        NativeData.readable(from);
        return call(fd -> WRITE.invokeLong(toString(), fd, from, from.byteSize()));
    }

    /** As {@link #write}, the pieces one after the other (rwritev(3)). */
    public long writeGathered(MemorySegment... pieces) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vector = arena.allocate(IOVEC, pieces.length);
            for (int i = 0; i < pieces.length; i++) {
                vector.setAtIndex(ValueLayout.ADDRESS, 2L * i, NativeData.readable(pieces[i]));
                vector.setAtIndex(ValueLayout.JAVA_LONG, 2L * i + 1, pieces[i].byteSize());
            }
            return call(fd -> WRITEV.invokeLong(toString(), fd, vector, pieces.length));
        } finally {
            Reference.reachabilityFence(pieces); // the call keeps only the vector
        }
    }

    /** As {@link #write}, in a particular way (rsend(3)). */
    public long send(MemorySegment from, Set<MessageFlag> flags) {
        NativeData.readable(from);
        return call(fd -> SEND.invokeLong(toString(), fd, from, from.byteSize(), (int) Constants.bits(flags)));
    }

    /** Sends a datagram to an address (rsendto(3)). */
    public long sendTo(MemorySegment from, Set<MessageFlag> flags, InetSocketAddress peer) {
        try (Arena arena = Arena.ofConfined()) {
            NativeData.readable(from);
            MemorySegment address = Sockaddr.write(peer, arena);
            return call(fd -> SENDTO.invokeLong(
                    this + " and " + peer, fd, from, from.byteSize(), (int) Constants.bits(flags), address, (int)
                            address.byteSize()));
        }
    }

    /**
     * A datagram that was received.
     *
     * @param byteCount how much of the memory it fills
     * @param peer who sent it
     */
    public record Received(long byteCount, @Nullable InetSocketAddress peer) {}

    /** Receives a datagram (rrecvfrom(3)); what the memory is too small for is lost. */
    public Received receiveFrom(MemorySegment into, Set<MessageFlag> flags) {
        NativeData.writable(into);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = sockaddr_storage.allocate(arena);
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, (int) address.byteSize());
            long bytes = call(fd -> RECVFROM.invokeLong(
                    toString(), fd, into, into.byteSize(), (int) Constants.bits(flags), address, length));
            return new Received(bytes, Sockaddr.read(address));
        }
    }

    /**
     * Waits until something can be done (rpoll(3)).
     *
     * @param timeoutMillis 0 looks once, a negative number waits without end
     * @return what of it, and what went wrong; empty after the time has passed
     * @throws VerbsException EINTR when the thread is interrupted while there is nothing; its flag stays set
     */
    public Set<Readiness> poll(Set<Readiness> wanted, int timeoutMillis) {
        return poll(List.of(new Polled(this, wanted)), timeoutMillis).get(0).readiness();
    }

    /**
     * Waits until something can be done on one of several sockets (rpoll(3)).
     *
     * @param wanted which sockets, at least one, and what on each
     * @param timeoutMillis 0 looks once, a negative number waits without end
     * @return the same sockets in the same order, with what was found
     * @throws VerbsException EINTR when the thread is interrupted while there is nothing; its flag stays set
     */
    public static List<Polled> poll(List<Polled> wanted, int timeoutMillis) {
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("no sockets to wait for: at least 1 is needed");
        }
        int entered = 0;
        try {
            for (Polled one : wanted) {
                one.socket().lifetime.enter();
                entered++;
            }
            return pollOpen(wanted, timeoutMillis);
        } finally {
            for (int i = 0; i < entered; i++) {
                wanted.get(i).socket().lifetime.leave();
            }
        }
    }

    private static List<Polled> pollOpen(List<Polled> wanted, int timeoutMillis) {
        int count = wanted.size();
        // a virtual thread's wait is a platform thread's
        try (Arena arena = Thread.currentThread().isVirtual() ? Arena.ofShared() : Arena.ofConfined()) {
            MemorySegment entries = arena.allocate(POLLFD, count + 1L);
            for (int i = 0; i < count; i++) {
                setEntry(entries, i, wanted.get(i).socket().descriptor, (short)
                        Constants.bits(wanted.get(i).readiness()));
            }
            String object = count + " rsockets";
            WAITS.await(object, () -> {}, (endFd, millis) -> isFound(entries, count, endFd, millis), timeoutMillis);
            List<Polled> found = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                found.add(new Polled(
                        wanted.get(i).socket(), Flags.of(Readiness.class, Short.toUnsignedLong(foundOf(entries, i)))));
            }
            return found;
        }
    }

    /** Looks, or waits until one is ready or the descriptor after them, if there is one, ends it. */
    private static boolean isFound(MemorySegment entries, int count, int endFd, int timeoutMillis) {
        setEntry(entries, count, endFd, (short) Readiness.READABLE.value());
        long all = endFd < 0 ? count : count + 1L;
        FileDescriptors.throughSignals(
                left -> POLL.invoke(count + " rsockets", entries, all, left), timeoutMillis, System::nanoTime);
        for (int i = 0; i < count; i++) {
            if (foundOf(entries, i) != 0) {
                return true;
            }
        }
        return false;
    }

    private static void setEntry(MemorySegment entries, int index, int fd, short events) {
        MemorySegment entry = entries.asSlice(POLLFD.byteSize() * index, POLLFD);
        entry.set(ValueLayout.JAVA_INT, 0, fd);
        entry.set(ValueLayout.JAVA_SHORT, Integer.BYTES, events);
    }

    private static short foundOf(MemorySegment entries, int index) {
        return entries.get(ValueLayout.JAVA_SHORT, POLLFD.byteSize() * index + Integer.BYTES + Short.BYTES);
    }

    /** This end's address (rgetsockname(3)); null before it has one. */
    public @Nullable InetSocketAddress localAddress() {
        return name(GETSOCKNAME);
    }

    /** The peer's address (rgetpeername(3)); null before there is a peer. */
    public @Nullable InetSocketAddress peerAddress() {
        return name(GETPEERNAME);
    }

    private @Nullable InetSocketAddress name(ToMinusOne call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = sockaddr_storage.allocate(arena);
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, (int) address.byteSize());
            call(fd -> call.invoke(toString(), fd, address, length));
            return Sockaddr.read(address);
        }
    }

    /** Sets an option (rsetsockopt(3)). */
    public void setOption(RdmaSocketOption option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = arena.allocateFrom(ValueLayout.JAVA_INT, value);
            call(fd -> SETSOCKOPT.invoke(
                    this + ", " + option, fd, option.level(), option.number(), written, Integer.BYTES));
        }
    }

    /** The value of an option (rgetsockopt(3)). */
    public int option(RdmaSocketOption option) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, Integer.BYTES);
            call(fd -> GETSOCKOPT.invoke(this + ", " + option, fd, option.level(), option.number(), value, length));
            return value.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** Whether calls return at once or wait (rfcntl(3)); at first they wait. */
    public void setNonBlocking(boolean nonBlocking) {
        call(fd -> {
            int flags = FCNTL.invoke(toString(), fd, F_GETFL, 0);
            return FCNTL.invoke(toString(), fd, F_SETFL, nonBlocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
        });
    }

    /** Whether calls return at once. */
    public boolean isNonBlocking() {
        return (call(fd -> FCNTL.invoke(toString(), fd, F_GETFL, 0)) & O_NONBLOCK) != 0;
    }

    /**
     * Lets the peer write to memory of this end (riomap(3)). The peer may from when it received something that was sent after this. Needs a
     * connection, and {@link RdmaSocketOption#IO_MAPPINGS} before it.
     *
     * @param memory writable; its arena stays open until {@link #unmap} or {@link #close}, as the peer writes to it
     * @param offset by which the peer names it; -1 lets librdmacm choose
     * @return that offset
     */
    public long map(MemorySegment memory, long offset) {
        NativeData.writable(memory);
        long named = call(fd -> IOMAP.invokeLong(toString(), fd, memory, memory.byteSize(), PROT_WRITE, 0, offset));
        mapped.add(memory); // an automatic arena would be collected
        return named;
    }

    /** Ends {@link #map} (riounmap(3)). */
    public void unmap(MemorySegment memory) {
        call(fd -> IOUNMAP.invoke(toString(), fd, memory, memory.byteSize()));
        mapped.remove(memory);
    }

    /** Writes to the peer's mapped memory, which is told nothing (riowrite(3)); what is sent after it arrives after it. */
    public long writeMapped(MemorySegment from, long offset) {
        NativeData.readable(from);
        return call(fd -> IOWRITE.invokeLong(toString(), fd, from, from.byteSize(), offset, 0));
    }

    /**
     * Disconnects and closes it (rclose(3)). A second call does nothing.
     *
     * @throws IllegalStateException when a call is in progress, or it is in a {@link RdmaSocketPoller}; the socket stays as it was
     */
    @Override
    public void close() {
        AtomicInteger errno = new AtomicInteger();
        lifetime.close(
                () -> errno.set(CLOSE.test(toString(), descriptor))); // the descriptor is gone whatever it answers
        mapped.clear();
        if (errno.get() != 0) {
            throw new VerbsException("rclose", new Errno(errno.get()), toString(), null);
        }
    }

    @Override
    public String toString() {
        return "rsocket " + descriptor;
    }
}
