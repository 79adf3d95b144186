package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.MemoryRegion;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Registered memory. */
final class NativeRegion implements MemoryRegion {
    private final NativeDomain domain;
    private final io.ffmiser.verbs.MemoryRegion region;
    private final MemorySegment segment;
    private final long address;
    private final long length;
    private final int lkey;
    private final int rights;
    private final boolean windows;
    private int uses;
    private boolean closed;

    /** @param windows whether windows can be bound to it */
    NativeRegion(NativeDomain domain, io.ffmiser.verbs.MemoryRegion region, int rights, boolean windows) {
        this.domain = domain;
        this.region = region;
        this.rights = rights;
        this.windows = windows;
        segment = region.memory();
        address = segment.address();
        length = segment.byteSize();
        lkey = region.lkey();
    }

    @Override
    public NativeDomain domain() {
        return domain;
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public int rights() {
        return rights;
    }

    io.ffmiser.verbs.MemoryRegion registration() {
        return region;
    }

    long address() {
        return address;
    }

    int lkey() {
        return lkey;
    }

    boolean takesWindows() {
        return windows;
    }

    void checkRange(long offset, long count) {
        Objects.checkFromIndexSize(offset, count, length);
        if (closed) {
            throw new IllegalStateException("the region is closed");
        }
    }

    /** Something that names the region is outstanding from now on. */
    void use() {
        uses++;
    }

    void release() {
        uses--;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (uses > 0) {
            throw new IllegalStateException(this + " is still named by " + uses
                    + " work requests, receives and exposures: let them complete, or close their connection");
        }
        region.close();
        closed = true;
        domain.closed(this);
    }

    @Override
    public String toString() {
        return "region of " + length + " bytes";
    }
}
