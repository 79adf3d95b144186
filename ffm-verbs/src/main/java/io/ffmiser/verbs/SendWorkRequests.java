package io.ffmiser.verbs;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.ffmiser.verbs.gen.ibv_send_wr;

/**
 * Send requests to be posted together, with one doorbell (ibv_post_send(3)). What a queue pair's type cannot send, or what lacks something
 * that the type needs, is refused when it is posted.
 *
 * <p>Data that goes inline is read by the processor during the post, and an arena must not be closed by another thread meanwhile; all other data
 * belongs to the device from the post to the completion.
 */
public final class SendWorkRequests extends WorkRequests {
    private final SendWorkRequest[] requests;
    private int uses;

    /**
     * @param capacity how many requests, more than 0
     * @param maxElements how many pieces of memory each may gather from, or scatter to
     */
    public SendWorkRequests(int capacity, int maxElements) {
        super(capacity, maxElements, ibv_send_wr.sizeof(), ibv_send_wr.next$offset());
        requests = new SendWorkRequest[capacity];
        for (int i = 0; i < capacity; i++) {
            requests[i] = new SendWorkRequest(this, i);
            memory.segment()
                    .set(
                            JAVA_LONG,
                            requestOffset(i) + ibv_send_wr.sg_list$offset(),
                            memory.address() + elementsOffset(i));
        }
    }

    /**
     * Adds a request: a Send, until one of its methods makes it something else, of no data, unsignalled.
     *
     * @param workRequestId comes back with its completion
     * @throws IllegalStateException when there is no more room
     */
    public SendWorkRequest add(long workRequestId) {
        int index = append();
        if (index == 0) {
            uses = 0;
        }
        use(SendRules.ADDED);
        return requests[index].begin(workRequestId);
    }

    /** Notes what {@link SendRules} may have to look at. */
    void use(int bits) {
        uses |= bits;
    }

    /** Whether the batch has what those bits stand for, or had it in a request that was changed or forgotten since. */
    boolean uses(int bits) {
        return (uses & bits) != 0;
    }

    /** Throws when a request is not one that the queue pair can send. */
    void check(QueuePair pair) {
        for (int i = 0; i < size(); i++) {
            requests[i].check(pair);
        }
    }
}
