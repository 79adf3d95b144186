package io.ffmiser.iscsi.session;

/** What initiator sessions did; plain numbers that only grow, written on the poller's thread. */
public final class InitiatorSessionCounters {
    long sent;
    long completed;
    long readBytes;
    long writtenBytes;
    long immediateBytes;
    long aborted;
    long pings;
    long pingsAnswered;
    long rejects;

    void completed(InitiatorTask task) {
        completed++;
        long moved = task.expectedLength() - Math.max(0, task.residual());
        if (task.dataOut().isEmpty()) {
            readBytes += moved;
        } else {
            writtenBytes += moved;
        }
    }

    /** SCSI commands sent. */
    public long sent() {
        return sent;
    }

    /** SCSI Responses received. */
    public long completed() {
        return completed;
    }

    /** Octets read by commands that were answered. */
    public long readBytes() {
        return readBytes;
    }

    /** Octets written by commands that were answered. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Octets copied into commands. */
    public long immediateBytes() {
        return immediateBytes;
    }

    /** Tasks ended by task management. */
    public long aborted() {
        return aborted;
    }

    /** NOP-Outs of our own. */
    public long pings() {
        return pings;
    }

    /** Those of them that the target answered. */
    public long pingsAnswered() {
        return pingsAnswered;
    }

    /** Counts the answer to a ping. */
    InitiatorAnswer pingAnswer() {
        return new InitiatorAnswer() {
            @Override
            public void answered(int code, byte[] text) {
                pingsAnswered++;
            }

            @Override
            public void failed(String reason) {
                // The session ends the connection.
            }
        };
    }

    /** Rejects received. */
    public long rejects() {
        return rejects;
    }
}
