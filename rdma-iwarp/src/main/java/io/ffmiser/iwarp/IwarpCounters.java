package io.ffmiser.iwarp;

import io.ffmiser.rdma.PollerCounters;

/** The counters of one poller: what the interface asks for, and what is this provider's own. Grows only; the poller's thread. */
public final class IwarpCounters implements PollerCounters {
    long rdmaWriteBytes;
    long rdmaReadBytes;
    long sendBytes;
    long copiedInBytes;
    long copiedOutBytes;
    long fpdusSent;
    long fpdusReceived;
    long socketReads;
    long socketWrites;

    IwarpCounters() {}

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
        return copiedInBytes + copiedOutBytes;
    }

    /** Payload that was found in the read-ahead and copied to its place. */
    public long copiedInBytes() {
        return copiedInBytes;
    }

    /** Payload that was copied to the staging buffer, to leave with others in one write. */
    public long copiedOutBytes() {
        return copiedOutBytes;
    }

    public long fpdusSent() {
        return fpdusSent;
    }

    public long fpdusReceived() {
        return fpdusReceived;
    }

    /** Read calls on sockets in full operation. */
    public long socketReads() {
        return socketReads;
    }

    /** Write calls on sockets in full operation. */
    public long socketWrites() {
        return socketWrites;
    }

    @Override
    public String toString() {
        return "rdmaWrite " + rdmaWriteBytes + " B, rdmaRead " + rdmaReadBytes + " B, send " + sendBytes
                + " B, copied in "
                + copiedInBytes + " B, copied out " + copiedOutBytes + " B, FPDUs " + fpdusSent + " out "
                + fpdusReceived
                + " in, calls " + socketWrites + " write " + socketReads + " read";
    }
}
