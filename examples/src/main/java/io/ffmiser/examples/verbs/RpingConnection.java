package io.ffmiser.examples.verbs;

import io.ffmiser.examples.RpingData;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.EventChannel;
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
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * One end of rping's conversation: 16 octets that name a buffer (address, key, size, big-endian) go from the client, the server reads the buffer, says
 * go on, gets a second buffer's name, writes the data back into it, and says go on.
 */
final class RpingConnection implements AutoCloseable {
    private static final int SENDS = 16;
    private static final int EVENT_MILLIS = 20;
    private static final long ADVERT = 16;
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final Set<AccessFlag> ALL =
            EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE);

    /** The peer ended the connection; that is how a conversation ends at the server. */
    static final class Disconnected extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private final CmId id;
    private final EventChannel events;
    private final PrintWriter out;
    private final boolean verbose;
    private final int size;

    private final ProtectionDomain domain;
    private final CompletionChannel channel;
    private final CompletionQueue queue;
    private final QueuePair pair;
    private final MemoryRegion received;
    private final MemoryRegion sent;
    private final MemoryRegion sink;
    private final MemoryRegion start;
    private final SendWorkRequests sends = new SendWorkRequests(1, 1);
    private final ReceiveWorkRequests receives = new ReceiveWorkRequests(1, 1);
    private final WorkCompletions completions = new WorkCompletions(1);

    private int arrived;
    private int transferred;
    private long remoteAddress;
    private int remoteKey;
    private int remoteSize;

    /** Makes queue pair and buffers of an id that has a device, and posts the first receive. */
    RpingConnection(CmId id, EventChannel events, int size, boolean verbose, PrintWriter out) {
        this.id = id;
        this.events = events;
        this.size = size;
        this.verbose = verbose;
        this.out = out;
        domain = ProtectionDomain.allocate(id.context());
        channel = CompletionChannel.create(id.context());
        channel.setNonBlocking(true);
        queue = CompletionQueue.create(id.context(), SENDS * 2, channel, 0);
        pair = id.createQueuePair(
                domain,
                new QueuePairInitAttributes(QueuePairType.RC)
                        .completions(queue)
                        .capabilities(new QueuePairCapabilities(SENDS, 2, 1, 1, 0)));
        received = MemoryRegion.allocate(domain, ADVERT, EnumSet.of(AccessFlag.LOCAL_WRITE));
        sent = MemoryRegion.allocate(domain, ADVERT, EnumSet.of(AccessFlag.LOCAL_WRITE));
        sink = MemoryRegion.allocate(domain, size, ALL);
        start = MemoryRegion.allocate(domain, size, ALL);
        postReceive();
    }

    private void postReceive() {
        receives.clear();
        receives.add(0).element(received.memory().asSlice(0, ADVERT), received.lkey());
        pair.postReceive(receives);
    }

    private SendWorkRequest begin() {
        sends.clear();
        return sends.add(0);
    }

    private void send() {
        begin().send().element(sent.memory().asSlice(0, ADVERT), sent.lkey()).signaled();
        pair.postSend(sends);
    }

    private void advertise(MemoryRegion region) {
        MemorySegment advert = sent.memory();
        advert.set(BE64, 0, region.memory().address());
        advert.set(BE32, 8, region.rkey());
        advert.set(BE32, 12, size);
        send();
    }

    /** Serves the conversation until the client disconnects. */
    void serve() {
        try {
            while (true) {
                awaitAdvert();
                requireRoom();
                begin().rdmaRead(remoteAddress, remoteKey)
                        .element(sink.memory().asSlice(0, remoteSize), sink.lkey())
                        .signaled();
                pair.postSend(sends);
                awaitTransfer();
                if (verbose) {
                    out.println("server ping data: " + RpingData.text(data(sink)));
                    out.flush();
                }
                send();
                awaitAdvert();
                requireRoom();
                begin().rdmaWrite(remoteAddress, remoteKey)
                        .element(sink.memory().asSlice(0, RpingData.length(data(sink))), sink.lkey())
                        .signaled();
                pair.postSend(sends);
                awaitTransfer();
                send();
            }
        } catch (Disconnected e) {
            out.println("server DISCONNECT EVENT...");
            out.flush();
        }
    }

    private void requireRoom() {
        if (remoteSize < 0 || remoteSize > size) {
            throw new IllegalStateException("the client's buffer has " + Integer.toUnsignedString(remoteSize)
                    + " octets, this end's " + size + ": give both the same -S");
        }
    }

    /**
     * Pings.
     *
     * @param count how often; 0 is for ever
     * @return false when what came back differs
     */
    boolean ping(int count, boolean validate) throws Disconnected {
        for (int ping = 0; count == 0 || ping < count; ping++) {
            RpingData.fill(data(start), ping);
            advertise(start);
            awaitAdvert();
            advertise(sink);
            awaitAdvert();
            if (validate && data(start).mismatch(data(sink)) != -1) {
                return false;
            }
            if (verbose) {
                out.println("ping data: " + RpingData.text(data(sink)));
                out.flush();
            }
        }
        return true;
    }

    private MemorySegment data(MemoryRegion region) {
        return region.memory().asSlice(0, size);
    }

    private void awaitAdvert() throws Disconnected {
        while (arrived == 0) {
            progress();
        }
        arrived--;
    }

    private void awaitTransfer() throws Disconnected {
        while (transferred == 0) {
            progress();
        }
        transferred--;
    }

    /** Takes one completion, or waits a moment for one and looks at the connection. */
    private void progress() throws Disconnected {
        if (queue.poll(completions) == 0) {
            queue.requestNotification(false);
            if (queue.poll(completions) == 0) {
                if (channel.awaitEvent(EVENT_MILLIS) && channel.getEvent() != null) {
                    queue.acknowledgeEvents(1);
                }
                checkConnection();
                return;
            }
        }
        WorkCompletion completion = completions.get(0);
        if (completion.status() == WorkCompletionStatus.WR_FLUSH_ERR) {
            throw new Disconnected();
        }
        if (!completion.isSuccess()) {
            throw new IllegalStateException("a request failed: " + completion);
        }
        switch (completion.opcode()) {
            case RECV -> arrived(completion.byteCount());
            case RDMA_READ, RDMA_WRITE -> transferred++;
            default -> {} // a send is done
        }
    }

    private void arrived(int length) {
        if (length != ADVERT) {
            throw new IllegalStateException("a message of " + length + " octets: the peer is no rping");
        }
        MemorySegment advert = received.memory();
        remoteAddress = advert.get(BE64, 0);
        remoteKey = advert.get(BE32, 8);
        remoteSize = advert.get(BE32, 12);
        postReceive();
        arrived++;
    }

    private void checkConnection() throws Disconnected {
        CmEvent event = events.poll();
        if (event instanceof CmEvent.Disconnected) {
            throw new Disconnected();
        }
        if (event instanceof CmEvent.DeviceRemoval) {
            throw new IllegalStateException("the device is gone");
        }
    }

    @Override
    public void close() {
        id.disconnect();
        pair.close();
        start.close();
        sink.close();
        sent.close();
        received.close();
        queue.close();
        channel.close();
        domain.close();
        sends.close();
        receives.close();
        completions.close();
    }
}
