package io.ffmiser.testkit.sim;

/** What happened on a fabric and what is alive on it. */
public final class SimCounters {
    long events;
    long sends;
    long solicitedEvents;
    long writes;
    long reads;
    long writeBytes;
    long readBytes;
    long remoteAccessErrors;
    long localErrors;
    long receiverNotReady;
    long misuses;
    long handlerFailures;
    int liveConnections;
    int liveRegions;
    int liveDomains;
    int liveListeners;
    int liveExposures;
    long liveAllocatedBytes;

    SimCounters() {}

    /** Events delivered. */
    public long events() {
        return events;
    }

    /** Sends delivered. */
    public long sends() {
        return sends;
    }

    /** Sends with Solicited Event that were posted. */
    public long solicitedEvents() {
        return solicitedEvents;
    }

    /** RDMA Writes delivered. */
    public long writes() {
        return writes;
    }

    /** RDMA Reads delivered. */
    public long reads() {
        return reads;
    }

    public long writeBytes() {
        return writeBytes;
    }

    public long readBytes() {
        return readBytes;
    }

    /** Accesses refused because an STag was not valid, not right, or withdrawn. */
    public long remoteAccessErrors() {
        return remoteAccessErrors;
    }

    /** Work that failed for a local reason: rights, lengths, reads without ORD. */
    public long localErrors() {
        return localErrors;
    }

    /** Sends that found no receive posted. */
    public long receiverNotReady() {
        return receiverNotReady;
    }

    /** Calls that were answered with an exception because they were wrong. */
    public long misuses() {
        return misuses;
    }

    /** Handlers and tasks that threw. */
    public long handlerFailures() {
        return handlerFailures;
    }

    public int liveConnections() {
        return liveConnections;
    }

    public int liveRegions() {
        return liveRegions;
    }

    public int liveDomains() {
        return liveDomains;
    }

    public int liveListeners() {
        return liveListeners;
    }

    public int liveExposures() {
        return liveExposures;
    }

    public long liveAllocatedBytes() {
        return liveAllocatedBytes;
    }

    /** Whether nothing made on the fabric is alive any more, pollers apart. */
    public boolean isClean() {
        return liveConnections == 0
                && liveRegions == 0
                && liveDomains == 0
                && liveListeners == 0
                && liveExposures == 0
                && liveAllocatedBytes == 0;
    }

    @Override
    public String toString() {
        return "events " + events + ", sends " + sends + ", writes " + writes + " (" + writeBytes + " bytes), reads "
                + reads
                + " (" + readBytes + " bytes), access errors " + remoteAccessErrors + ", local errors " + localErrors
                + ", receiver not ready " + receiverNotReady + ", misuses " + misuses + ", handler failures "
                + handlerFailures + "; live: connections " + liveConnections + ", regions " + liveRegions + ", domains "
                + liveDomains + ", listeners " + liveListeners + ", exposures " + liveExposures + ", allocated bytes "
                + liveAllocatedBytes;
    }
}
