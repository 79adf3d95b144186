package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.nativeverbs.NativeSettings.ExposureKind;
import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.VerbsException;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;

/** A protection domain: the owner of regions and connections. */
final class NativeDomain implements ProtectionDomain {
    private final NativeDevice device;
    private final io.ffmiser.verbs.ProtectionDomain domain;
    private final Set<NativeRegion> regions = new HashSet<>();
    private final Set<NativeConnection> connections = new HashSet<>();
    private boolean closed;

    NativeDomain(NativeDevice device, io.ffmiser.verbs.ProtectionDomain domain) {
        this.device = device;
        this.domain = domain;
    }

    @Override
    public NativeDevice device() {
        return device;
    }

    io.ffmiser.verbs.ProtectionDomain domain() {
        return domain;
    }

    @Override
    public MemoryRegion register(MemorySegment memory, int rights) {
        check(rights);
        if (!memory.scope().isAlive()) {
            throw new IllegalArgumentException("the segment's arena is closed");
        }
        if (!memory.isNative()) {
            throw new IllegalArgumentException("only native memory can be registered, not " + memory);
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
        checkSize(memory.byteSize());
        // Binding a window may make memory writable: the kernel wants to write to what it is allowed for.
        boolean windows = bindsWindows(rights) && !memory.isReadOnly();
        try {
            return opened(
                    io.ffmiser.verbs.MemoryRegion.registerBorrowed(domain, memory, access(rights, windows)),
                    rights,
                    windows);
        } catch (VerbsException e) {
            throw refused(memory.byteSize(), e);
        }
    }

    @Override
    public MemoryRegion allocate(long bytes, int rights) {
        check(rights);
        if (bytes < 1) {
            throw new IllegalArgumentException("cannot allocate " + bytes + " bytes");
        }
        checkSize(bytes);
        boolean windows = bindsWindows(rights);
        try {
            return opened(
                    io.ffmiser.verbs.MemoryRegion.allocate(domain, bytes, access(rights, windows)), rights, windows);
        } catch (VerbsException e) {
            throw refused(bytes, e);
        } catch (OutOfMemoryError e) {
            throw new RdmaException("no native memory for a region of " + bytes + " bytes", e);
        }
    }

    private boolean bindsWindows(int rights) {
        return device.exposure() == ExposureKind.WINDOW && (rights & (Access.REMOTE_READ | Access.REMOTE_WRITE)) != 0;
    }

    /** What the registration itself allows: a peer, only where exposures are no keys of their own or the read sink needs it. */
    private Set<AccessFlag> access(int rights, boolean windows) {
        Set<AccessFlag> access = EnumSet.noneOf(AccessFlag.class);
        if ((rights & Access.LOCAL_WRITE) != 0) {
            access.add(AccessFlag.LOCAL_WRITE);
        }
        if (windows) {
            access.add(AccessFlag.MW_BIND);
        }
        boolean ownKey = device.exposure() == ExposureKind.REGION_KEY;
        if ((rights & Access.REMOTE_WRITE) != 0
                && (ownKey || device.capabilities().readSinkNeedsRemoteWrite())) {
            access.add(AccessFlag.REMOTE_WRITE);
        }
        if ((rights & Access.REMOTE_READ) != 0 && ownKey) {
            access.add(AccessFlag.REMOTE_READ);
        }
        return access;
    }

    /** A registration of part of a region, as an exposure of it; it must be closed before the region. */
    io.ffmiser.verbs.MemoryRegion registerPart(NativeRegion of, long offset, long length, int rights) {
        Set<AccessFlag> access = EnumSet.noneOf(AccessFlag.class);
        if ((rights & Access.REMOTE_WRITE) != 0) {
            access.add(AccessFlag.LOCAL_WRITE);
            access.add(AccessFlag.REMOTE_WRITE);
        }
        if ((rights & Access.REMOTE_READ) != 0) {
            access.add(AccessFlag.REMOTE_READ);
        }
        try {
            return io.ffmiser.verbs.MemoryRegion.registerBorrowed(
                    domain, of.segment().asSlice(offset, length), access);
        } catch (VerbsException e) {
            throw refused(length, e);
        }
    }

    private void check(int rights) {
        Access.check(rights);
        checkOpen();
    }

    void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the protection domain is closed");
        }
    }

    private void checkSize(long bytes) {
        long most = device.maxRegionBytes();
        if (Long.compareUnsigned(bytes, most) > 0) {
            throw new RdmaException("a region of " + bytes + " bytes is more than device " + device.name()
                    + " registers at once: " + Long.toUnsignedString(most));
        }
    }

    private RdmaException refused(long bytes, VerbsException e) {
        return new RdmaException(
                "cannot register " + bytes + " bytes with device " + device.name() + ": " + e.getMessage(), e);
    }

    private NativeRegion opened(io.ffmiser.verbs.MemoryRegion registration, int rights, boolean windows) {
        NativeRegion region = new NativeRegion(this, registration, rights, windows);
        regions.add(region);
        return region;
    }

    void closed(NativeRegion region) {
        regions.remove(region);
    }

    Set<NativeConnection> connections() {
        return connections;
    }

    void opened(NativeConnection connection) {
        connections.add(connection);
    }

    void closed(NativeConnection connection) {
        connections.remove(connection);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (!regions.isEmpty() || !connections.isEmpty()) {
            throw new IllegalStateException(this + " is still in use by " + regions + " and " + connections);
        }
        domain.close();
        closed = true;
        device.closed(this);
    }

    @Override
    public String toString() {
        return "protection domain with " + regions.size() + " regions and " + connections.size() + " connections";
    }
}
