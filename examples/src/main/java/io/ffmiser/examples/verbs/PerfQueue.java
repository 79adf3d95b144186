package io.ffmiser.examples.verbs;

import io.ffmiser.rdmacm.CmId;
import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.CompletionChannel;
import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.MemoryRegion;
import io.ffmiser.verbs.ProtectionDomain;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairCapabilities;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.QueuePairType;
import io.ffmiser.verbs.ReceiveWorkRequests;
import io.ffmiser.verbs.SendWorkRequest;
import io.ffmiser.verbs.SendWorkRequests;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletionStatus;
import io.ffmiser.verbs.WorkCompletions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.EnumSet;
import java.util.Set;

/**
 * A connected queue pair that measures: it posts, polls and counts, and allocates nothing while it does. Its buffer has two halves: what is
 * sent, and what arrives.
 */
final class PerfQueue implements AutoCloseable {
    private static final Set<AccessFlag> ACCESS =
            EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_WRITE, AccessFlag.REMOTE_READ);
    private static final int MAX_INLINE = 64;
    private static final int RECEIVES = 512;
    private static final long RECEIVE = 1L << 32;
    private static final int POLL = 64;
    /** After how many vain looks the clock is looked at. */
    private static final int LOOKS = 1 << 16;

    private static final long PATIENCE_NANOS = 30_000_000_000L;
    /** How many operations one call posts at most. */
    static final int MAX_BATCH = 64;

    private static final VarHandle ARRIVING = ValueLayout.JAVA_BYTE.varHandle();

    private final Opened opened;
    private final PerfPlan plan;
    private final MemorySegment memory;
    private final MemoryRegion region;
    private final CompletionChannel events;
    private final CompletionQueue completions;
    private final QueuePair queuePair;
    private final SendWorkRequests sends = new SendWorkRequests(MAX_BATCH, 1);
    private final ReceiveWorkRequests receives = new ReceiveWorkRequests(RECEIVES, 1);
    private final WorkCompletions polled = new WorkCompletions(POLL);
    private final long receiveAddress;
    private final int signalEvery;
    private final boolean inline;
    private long peerAddress;
    private int peerRkey;
    private int posted;
    private int completed;
    private int received;
    private int receivesPosted;
    private boolean flushed;
    private int vainLooks;
    private long vainSince;

    private PerfQueue(CmId id, PerfPlan plan, Opened opened) {
        this.plan = plan;
        this.opened = opened;
        opened.add(sends);
        opened.add(receives);
        opened.add(polled);
        ProtectionDomain domain = opened.add(ProtectionDomain.allocate(id.context()));
        region = opened.add(MemoryRegion.allocate(domain, 2L * plan.size(), ACCESS));
        memory = region.memory();
        receiveAddress = memory.address() + plan.size();
        events = opened.add(CompletionChannel.create(id.context()));
        completions = opened.add(CompletionQueue.create(id.context(), plan.depth() + RECEIVES, events, 0));
        queuePair = opened.add(id.createQueuePair(
                domain,
                new QueuePairInitAttributes(QueuePairType.RC)
                        .completions(completions)
                        .capabilities(new QueuePairCapabilities(plan.depth(), RECEIVES, 1, 1, MAX_INLINE))));
        signalEvery = plan.test().isLatency() ? 1 : Math.max(1, plan.depth() / 4);
        inline = plan.test().isLatency()
                && !plan.test().isRead()
                && plan.size() <= queuePair.capabilities().maxInlineBytes();
        fillReceives();
    }

    /** Makes the queue pair of an id that has a device, with its receives posted. */
    static PerfQueue open(CmId id, PerfPlan plan) {
        return Opened.orCloseAll(opened -> new PerfQueue(id, plan, opened));
    }

    /** The measurement, with this side's buffer. */
    PerfPlan plan() {
        return plan.at(memory.address(), region.rkey());
    }

    /** Takes note of where the peer's buffer is. */
    void connectedTo(PerfPlan peer) {
        peerAddress = peer.address();
        peerRkey = peer.rkey();
    }

    /** Posts receives as long as there is room. */
    private void fillReceives() {
        receives.clear();
        while (receivesPosted - received < RECEIVES) {
            receives.add(RECEIVE).element(receiveAddress, plan.size(), region.lkey());
            receivesPosted++;
        }
        if (!receives.isEmpty()) {
            queuePair.postReceive(receives);
        }
    }

    /** Posts one operation. */
    void postOne() {
        sends.clear();
        request(sends.add(posted), true);
        posted++;
        queuePair.postSend(sends);
    }

    void awaitCompleted() {
        while (completed < posted) {
            poll();
        }
    }

    void awaitReceived(int count) {
        while (received < count) {
            poll();
            if (receivesPosted - received <= RECEIVES / 2) {
                fillReceives();
            }
        }
    }

    /** Sleeps until the peer's next message: for the side that has nothing to do, and must not take a processor from the one that has. */
    void sleepUntilReceived() {
        int before = received;
        completions.requestNotification(false);
        poll();
        while (received == before) {
            CompletionQueue announced = events.getEvent();
            if (announced != null) {
                announced.acknowledgeEvents(1);
                announced.requestNotification(false);
            }
            poll();
        }
    }

    /** Marks what the next write carries. */
    void mark(byte value) {
        memory.set(ValueLayout.JAVA_BYTE, plan.size() - 1L, value);
    }

    /** Spins until the peer's write of that mark has arrived. */
    void awaitMark(byte value) {
        long at = 2L * plan.size() - 1;
        while ((byte) ARRIVING.getVolatile(memory, at) != value) {
            inVain();
        }
        vainLooks = 0;
    }

    /** Makes that many operations, with as many under way as the depth says and up to a batch posted by one call, and waits for the last. */
    void stream(int count, int batch) {
        int end = posted + count;
        while (posted < end) {
            int room = Math.min(end - posted, plan.depth() - (posted - completed));
            while (room > 0) {
                sends.clear();
                for (int last = posted + Math.min(room, batch); posted < last; posted++, room--) {
                    request(sends.add(posted), (posted + 1) % signalEvery == 0 || posted + 1 == end);
                }
                queuePair.postSend(sends);
            }
            poll();
        }
        awaitCompleted();
    }

    private void request(SendWorkRequest request, boolean signaled) {
        switch (plan.test()) {
            case WRITE_LAT, WRITE_BW -> request.rdmaWrite(peerAddress + plan.size(), peerRkey);
            case READ_LAT, READ_BW -> request.rdmaRead(peerAddress, peerRkey);
            case SEND_LAT, SEND_BW -> request.send();
        }
        request.element(region, plan.test().isRead() ? plan.size() : 0, plan.size());
        if (signaled) {
            request.signaled();
        }
        if (inline) {
            request.inline();
        }
    }

    /** The client's end: says that the measurement is over, and waits until the server has heard it. */
    void end() {
        int before = received;
        postEmpty();
        awaitReceived(before + 1);
    }

    /** The server's answer to {@link #end}. */
    void answerEnd() {
        postEmpty();
        awaitCompleted();
    }

    private void postEmpty() {
        sends.clear();
        sends.add(posted++).send().signaled();
        queuePair.postSend(sends);
    }

    private void poll() {
        if (flushed) { // and what is awaited had not come before
            throw new IllegalStateException("the peer ended the connection");
        }
        int count = completions.poll(polled);
        if (count == 0) {
            inVain();
        } else {
            vainLooks = 0;
        }
        for (int i = 0; i < count; i++) {
            WorkCompletion completion = polled.get(i);
            boolean receive = completion.workRequestId() == RECEIVE;
            if (!completion.isSuccess()) {
                failed(completion, receive);
            } else if (receive) {
                received++;
            } else { // completions come in the order of the requests: those before it are done as well
                completed = (int) (completion.workRequestId() + 1);
            }
        }
    }

    /** Gives up when nothing has come for long: a peer that has died says nothing. */
    private void inVain() {
        if (++vainLooks % LOOKS == 0) {
            long now = System.nanoTime();
            if (vainLooks == LOOKS) {
                vainSince = now;
            } else if (now - vainSince > PATIENCE_NANOS) {
                throw new IllegalStateException("nothing has come from the peer for " + PATIENCE_NANOS / 1_000_000_000
                        + " s: is it still there?");
            }
        }
    }

    private void failed(WorkCompletion completion, boolean receive) {
        if (completion.status() != WorkCompletionStatus.WR_FLUSH_ERR) {
            throw new IllegalStateException(
                    "a " + (receive ? "receive" : plan.test()) + " ended with " + completion.status());
        }
        flushed = true;
    }

    @Override
    public void close() {
        opened.close();
    }
}
