package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.PollerCounters;

/** What has been moved by requests that succeeded. The device moves it: nothing is copied. */
final class NativeCounters implements PollerCounters {
    long rdmaWriteBytes;
    long rdmaReadBytes;
    long sendBytes;

    @Override
    public long rdmaWriteBytes() {
        return rdmaWriteBytes;
    }

    @Override
    public long rdmaReadBytes() {
        return rdmaReadBytes;
    }

    @Override
    public long sendBytes() {
        return sendBytes;
    }

    @Override
    public long copiedBytes() {
        return 0;
    }
}
