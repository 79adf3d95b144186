package io.ffmiser.iwarp;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A protection domain: the owner of regions and connections. */
final class IwarpDomain implements ProtectionDomain {
    private static final Logger LOG = LoggerFactory.getLogger(IwarpDomain.class);

    private static final int PAGE = 4096;

    /** Above this, memory comes from an arena: a direct buffer spans less than 2 GiB. */
    private static final long LARGEST_BUFFER = 1L << 30;

    private final IwarpDevice device;
    private final Set<IwarpRegion> regions = new HashSet<>();
    private final Set<IwarpConnection> connections = new HashSet<>();
    private boolean closed;

    IwarpDomain(IwarpDevice device) {
        this.device = device;
    }

    @Override
    public IwarpDevice device() {
        return device;
    }

    @Override
    public MemoryRegion register(MemorySegment memory, int rights) {
        check(rights);
        if (!memory.isNative()) {
            throw new IllegalArgumentException("only native memory can be registered, not " + memory);
        }
        if (!memory.scope().isAlive()) {
            throw new IllegalArgumentException("the segment's arena is closed");
        }
        if (memory.byteSize() == 0) {
            throw new IllegalArgumentException("an empty segment cannot be registered");
        }
        if (memory.isReadOnly() && (rights & Access.LOCAL_WRITE) != 0) {
            throw new IllegalArgumentException("the segment is read-only, LOCAL_WRITE cannot be had");
        }
        if (!memory.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalArgumentException("the segment's arena is confined to another thread");
        }
        return opened(new IwarpRegion(this, memory, rights, null, null));
    }

    @Override
    public MemoryRegion allocate(long bytes, int rights) {
        check(rights);
        if (bytes < 1) {
            throw new IllegalArgumentException("cannot allocate " + bytes + " bytes");
        }
        try {
            if (bytes <= LARGEST_BUFFER) {
                // Sockets gather from a plain direct buffer without an allocation, from a segment's view they do not.
                int size = (int) bytes;
                ByteBuffer whole = ByteBuffer.allocateDirect(size + PAGE - 1);
                int misaligned = whole.alignmentOffset(0, PAGE);
                ByteBuffer aligned = whole.slice(misaligned == 0 ? 0 : PAGE - misaligned, size);
                return opened(new IwarpRegion(this, MemorySegment.ofBuffer(aligned), rights, aligned, null));
            }
            return allocateLarge(bytes, rights);
        } catch (OutOfMemoryError e) {
            throw new RdmaException(
                    "no memory for a region of " + bytes + " bytes; raise -XX:MaxDirectMemorySize or -Xmx", e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by the region
    private IwarpRegion allocateLarge(long bytes, int rights) {
        Arena arena = Arena.ofShared();
        try {
            return opened(new IwarpRegion(this, arena.allocate(bytes, PAGE), rights, null, arena));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private void check(int rights) {
        Access.check(rights);
        if (closed) {
            throw new IllegalStateException("the protection domain is closed");
        }
    }

    private IwarpRegion opened(IwarpRegion region) {
        regions.add(region);
        if (LOG.isDebugEnabled()) {
            MemorySegment memory = region.segment();
            LOG.debug("registered 0x{} length {}", Long.toHexString(memory.address()), memory.byteSize());
        }
        return region;
    }

    void closed(IwarpRegion region) {
        regions.remove(region);
    }

    void opened(IwarpConnection connection) {
        if (closed) {
            throw new IllegalStateException("the protection domain is closed");
        }
        connections.add(connection);
    }

    void closed(IwarpConnection connection) {
        connections.remove(connection);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (!regions.isEmpty() || !connections.isEmpty()) {
            throw new IllegalStateException(
                    "the protection domain still has regions " + regions + " and connections " + connections);
        }
        closed = true;
        device.closed(this);
    }

    @Override
    public String toString() {
        return "protection domain with " + regions.size() + " regions and " + connections.size() + " connections";
    }
}
