package io.ffmiser.iwarp;

import io.ffmiser.iwarp.rdmap.RdmapOpcode;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;
import org.jspecify.annotations.Nullable;

/** A message to send: a place of the {@link SendQueue}, or of the {@link ReadQueue} for a Read Response. Reused. */
final class SendRequest {
    RdmapOpcode opcode = RdmapOpcode.SEND;
    Operation operation = Operation.SEND;
    long workId;
    boolean signaled;
    boolean fenced;

    /** The peer's STag: written to, read from, or to invalidate. Of a Read Response, the peer's sink. */
    int stag;

    long taggedOffset;

    final @Nullable IwarpRegion[] regions;
    final long[] offsets;
    final int[] lengths;
    int entries;

    /** The sum of the lengths. */
    int length;

    /** When this many octets of the stream are written, the message is; {@link Long#MAX_VALUE} before its end is staged. */
    long endSequence;

    /** Of an RDMA Read: the response is complete. */
    boolean answered;

    /** Of an RDMA Read: the sink's STag. Of a Read Response: the source's. */
    @Nullable
    StagEntry entry;

    /** Made by the first Read in this place, and reused by later ones. */
    private @Nullable StagEntry sink;

    /** How it ended, if the connection fails because of it. */
    WorkStatus failure = WorkStatus.FLUSHED;

    SendRequest(int maxSge) {
        regions = new @Nullable IwarpRegion[maxSge];
        offsets = new long[maxSge];
        lengths = new int[maxSge];
    }

    void begin(RdmapOpcode newOpcode, Operation newOperation, long newWorkId, int newStag, long newTaggedOffset) {
        opcode = newOpcode;
        operation = newOperation;
        workId = newWorkId;
        stag = newStag;
        taggedOffset = newTaggedOffset;
        entries = 0;
        length = 0;
        endSequence = Long.MAX_VALUE;
        answered = false;
        entry = null;
        failure = WorkStatus.FLUSHED;
    }

    /** Adds memory and counts its use. */
    void add(IwarpRegion region, long offset, int count) {
        regions[entries] = region;
        offsets[entries] = offset;
        lengths[entries] = count;
        entries++;
        length += count;
        region.use();
    }

    /** Gives its memory back. */
    void release() {
        for (int i = 0; i < entries; i++) {
            IwarpRegion region = regions[i];
            if (region != null) {
                region.release();
                regions[i] = null;
            }
        }
        entries = 0;
    }

    /** Makes the sink of an RDMA Read known to the peer by an STag, which grants nothing but the response. */
    void enterSink(IwarpConnection connection, StagTable stags, IwarpRegion region) {
        StagEntry existing = sink;
        if (existing == null) {
            existing = new StagEntry(connection);
            sink = existing;
        }
        existing.enter(stags, region, offsets[0], length, 0);
        entry = existing;
    }

    void leaveSink(StagTable stags) {
        StagEntry existing = sink;
        if (existing != null) {
            existing.invalidate(stags);
        }
        entry = null;
    }

    boolean isRead() {
        return opcode == RdmapOpcode.READ_REQUEST;
    }

    boolean isComplete(long written) {
        return isRead() ? answered : endSequence <= written;
    }
}
