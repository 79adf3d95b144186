package io.ffmiser.examples.verbs;

import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.AddressHandleAttributes;
import io.ffmiser.verbs.CompletionChannel;
import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.ExtendedQueuePair;
import io.ffmiser.verbs.Gid;
import io.ffmiser.verbs.GlobalRoute;
import io.ffmiser.verbs.MemoryRegion;
import io.ffmiser.verbs.Mtu;
import io.ffmiser.verbs.ProtectionDomain;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairAttributes;
import io.ffmiser.verbs.QueuePairCapabilities;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.QueuePairState;
import io.ffmiser.verbs.QueuePairType;
import io.ffmiser.verbs.Rate;
import io.ffmiser.verbs.ReceiveWorkRequests;
import io.ffmiser.verbs.SendFlag;
import io.ffmiser.verbs.SendOperation;
import io.ffmiser.verbs.SendWorkRequests;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletions;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One side of the pingpong: a queue pair, its completion queue, and one buffer that is sent from and received into. */
final class RcPingpong implements AutoCloseable {
    private static final long RECEIVE = 1;
    private static final long SEND = 2;
    private static final int PAGE = 4096;
    private static final byte FILL = 0x7b;

    /**
     * How it is done.
     *
     * @param gidIndex -1 where LIDs do
     * @param size of a message in bytes
     */
    record Settings(
            int devicePort,
            int gidIndex,
            int size,
            int receiveDepth,
            int serviceLevel,
            Mtu mtu,
            boolean events,
            boolean newSend) {}

    private final Settings settings;
    private final Context context;
    private final @Nullable CompletionChannel channel;
    private final Opened opened;
    private final MemoryRegion region;
    private final CompletionQueue completions;
    private final QueuePair queuePair;
    private final @Nullable ExtendedQueuePair extended;
    private final SendWorkRequests send = new SendWorkRequests(1, 1);
    private final ReceiveWorkRequests receive;
    private final WorkCompletions polled = new WorkCompletions(2);
    private final boolean inline;
    private int postedReceives;
    private int eventCount;

    private RcPingpong(Context context, Settings settings, Opened opened) {
        this.settings = settings;
        this.context = context;
        this.opened = opened;
        opened.add(send);
        opened.add(polled);
        receive = opened.add(new ReceiveWorkRequests(settings.receiveDepth(), 1));
        channel = settings.events() ? opened.add(CompletionChannel.create(context)) : null;
        ProtectionDomain domain = opened.add(ProtectionDomain.allocate(context));
        region = opened.add(MemoryRegion.allocate(domain, settings.size(), Set.of(AccessFlag.LOCAL_WRITE)));
        region.memory().fill(FILL);
        completions = opened.add(CompletionQueue.create(context, settings.receiveDepth() + 1, channel, 0));
        QueuePairInitAttributes init = new QueuePairInitAttributes(QueuePairType.RC)
                .completions(completions)
                .capabilities(new QueuePairCapabilities(1, settings.receiveDepth(), 1, 1, 0));
        extended = settings.newSend()
                ? opened.add(ExtendedQueuePair.create(domain, init.sendOperations(EnumSet.of(SendOperation.SEND))))
                : null;
        queuePair = extended != null ? extended : opened.add(QueuePair.create(domain, init));
        inline = queuePair.capabilities().maxInlineBytes() >= settings.size();
        queuePair.modify(QueuePairAttributes.to(QueuePairState.INIT)
                .pkeyIndex(0)
                .port(settings.devicePort())
                .access(Set.of()));
    }

    static RcPingpong open(Context context, Settings settings) {
        return Opened.orCloseAll(opened -> new RcPingpong(context, settings, opened));
    }

    /** Where this side is. */
    PingpongAddress address(int firstPacketNumber) {
        Gid gid = settings.gidIndex() < 0 ? Gid.ZERO : context.queryGid(settings.devicePort(), settings.gidIndex());
        return new PingpongAddress(
                context.queryPort(settings.devicePort()).lid(), queuePair.number(), firstPacketNumber, gid);
    }

    /** Posts the receives and makes the queue pair ready. */
    void connect(PingpongAddress here, PingpongAddress there) {
        postReceives();
        if (completions.channel() != null) {
            completions.requestNotification(false);
        }
        GlobalRoute route = there.gid().interfaceId() == 0
                ? null
                : new GlobalRoute(there.gid(), 0, Math.max(settings.gidIndex(), 0), 1, 0);
        queuePair.modify(QueuePairAttributes.to(QueuePairState.RTR)
                .pathMtu(settings.mtu())
                .destinationQueuePair(there.queuePairNumber())
                .receivePacketNumber(there.packetNumber())
                .maxReadsServed(1)
                .minimumRnrTimer(12)
                .addressVector(new AddressHandleAttributes(
                        route, there.lid(), settings.serviceLevel(), 0, Rate.MAX, settings.devicePort())));
        queuePair.modify(QueuePairAttributes.to(QueuePairState.RTS)
                .timeout(14)
                .retryCount(7)
                .rnrRetryCount(7)
                .sendPacketNumber(here.packetNumber())
                .maxReadsOutstanding(1));
    }

    /**
     * Makes the exchanges; the client begins each.
     *
     * @return how long they took, in nanoseconds
     */
    long run(int exchanges, boolean client) {
        long start = System.nanoTime();
        int sent = 0;
        int received = 0;
        boolean sendPending = client;
        boolean receivePending = true;
        if (client) {
            postSend();
        }
        while (sent < exchanges || received < exchanges) {
            if (channel != null) {
                awaitEvent(channel);
            }
            int count;
            while ((count = completions.poll(polled)) > 0) {
                for (int i = 0; i < count; i++) {
                    WorkCompletion completion = polled.get(i);
                    if (!completion.isSuccess()) {
                        throw new IllegalStateException((completion.workRequestId() == SEND ? "a send" : "a receive")
                                + " ended with " + completion.status());
                    }
                    if (completion.workRequestId() == SEND) {
                        sent++;
                        sendPending = false;
                    } else {
                        received++;
                        receivePending = false;
                        if (--postedReceives <= 1) {
                            postReceives();
                        }
                    }
                    if (sent < exchanges && !sendPending && !receivePending) {
                        postSend();
                        sendPending = true;
                        receivePending = true;
                    }
                }
            }
        }
        return System.nanoTime() - start;
    }

    private void awaitEvent(CompletionChannel events) {
        CompletionQueue queue = events.getEvent();
        if (queue != null) {
            eventCount++;
            queue.acknowledgeEvents(1);
            queue.requestNotification(false);
        }
    }

    int eventCount() {
        return eventCount;
    }

    private void postReceives() {
        receive.clear();
        while (postedReceives < settings.receiveDepth()) {
            receive.add(RECEIVE).element(region.memory().address(), settings.size(), region.lkey());
            postedReceives++;
        }
        queuePair.postReceive(receive);
    }

    private void postSend() {
        if (extended != null) {
            extended.start();
            int signaled = (int) SendFlag.SIGNALED.value();
            if (inline) {
                extended.request(SEND, signaled | (int) SendFlag.INLINE.value())
                        .send()
                        .inlineData(region.memory());
            } else {
                extended.request(SEND, signaled)
                        .send()
                        .element(region.memory().address(), settings.size(), region.lkey());
            }
            extended.complete();
            return;
        }
        send.clear();
        var request = send.add(SEND).send().signaled().element(region, 0, settings.size());
        if (inline) {
            request.inline();
        }
        queuePair.postSend(send);
    }

    /** Marks the client's buffer, a zero at the begin of every page, as {@code ibv_rc_pingpong --chk} expects it. */
    void mark() {
        for (long at = 0; at < settings.size(); at += PAGE) {
            region.memory().set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
    }

    /** Throws where the client's marks did not arrive. */
    void checkMarks() {
        for (long at = 0; at < settings.size(); at += PAGE) {
            if (region.memory().get(ValueLayout.JAVA_BYTE, at) != 0) {
                throw new IllegalStateException("invalid data in the page at byte " + at);
            }
        }
    }

    @Override
    public void close() {
        opened.close();
    }
}
