package io.ffmiser.store;

import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.ProtectionDomain;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A protection domain that protects nothing: memory for tests of what lies above RDMA. */
public final class PlainDomain implements ProtectionDomain {
    private final boolean readSinkNeedsRemoteWrite;
    private int open;

    public PlainDomain(boolean readSinkNeedsRemoteWrite) {
        this.readSinkNeedsRemoteWrite = readSinkNeedsRemoteWrite;
    }

    /** Regions that were not closed. */
    public int open() {
        return open;
    }

    @Override
    public Device device() {
        return new Device() {
            @Override
            public String name() {
                return "plain";
            }

            @Override
            public DeviceCapabilities capabilities() {
                return new DeviceCapabilities(
                        1, 1, 1L << 30, 16, 16, 0, readSinkNeedsRemoteWrite, true, true, true, false, true, true);
            }

            @Override
            public ProtectionDomain allocateProtectionDomain() {
                throw new UnsupportedOperationException();
            }
        };
    }

    @Override
    public MemoryRegion register(MemorySegment memory, int rights) {
        open++;
        return new Region(memory, rights);
    }

    @Override
    public MemoryRegion allocate(long bytes, int rights) {
        return register(Arena.ofAuto().allocate(bytes, 4096), rights);
    }

    @Override
    public void close() {}

    private final class Region implements MemoryRegion {
        private final MemorySegment memory;
        private final int rights;

        Region(MemorySegment memory, int rights) {
            this.memory = memory;
            this.rights = rights;
        }

        @Override
        public ProtectionDomain domain() {
            return PlainDomain.this;
        }

        @Override
        public MemorySegment segment() {
            return memory;
        }

        @Override
        public long length() {
            return memory.byteSize();
        }

        @Override
        public int rights() {
            return rights;
        }

        @Override
        public void close() {
            open--;
        }
    }
}
