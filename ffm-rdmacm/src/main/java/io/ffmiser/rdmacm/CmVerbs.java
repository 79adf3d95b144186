package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.AddressHandle;
import io.ffmiser.verbs.CompletionChannel;
import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.MemoryRegion;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.ReceiveWorkRequest;
import io.ffmiser.verbs.ReceiveWorkRequests;
import io.ffmiser.verbs.SendFlag;
import io.ffmiser.verbs.SendWorkRequest;
import io.ffmiser.verbs.SendWorkRequests;
import io.ffmiser.verbs.SharedReceiveQueue;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.WorkCompletion;
import io.ffmiser.verbs.WorkCompletions;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The short form of the verbs on an id with a queue pair (rdma/rdma_verbs.h): memory of its protection domain, one request a call, and
 * completions waited for. A program that posts many requests at once uses {@link QueuePair} and its batches.
 *
 * <p>Owns the requests and the completion that it reuses; one thread at a time. Close it when none of its calls is in progress.
 */
public final class CmVerbs implements AutoCloseable {
    /** How many elements one request may have here. */
    public static final int MAX_ELEMENTS = 32;

    /**
     * A piece of registered memory.
     *
     * @param data native, within the region; with {@link SendFlag#INLINE} any native memory
     * @param region null only with {@link SendFlag#INLINE}
     */
    public record Element(MemorySegment data, @Nullable MemoryRegion region) {}

    private final CmId id;
    private final SendWorkRequests sends = new SendWorkRequests(1, MAX_ELEMENTS);
    private final ReceiveWorkRequests receives = new ReceiveWorkRequests(1, MAX_ELEMENTS);
    private final WorkCompletions completions = new WorkCompletions(1);

    /** The short form of the verbs of an id, which outlives it. */
    public CmVerbs(CmId id) {
        this.id = id;
    }

    /** Registers memory for sends and receives (rdma_reg_msgs(3)); {@link MemoryRegion#close} is rdma_dereg_mr(3). */
    public MemoryRegion registerMessages(MemorySegment memory) {
        return register(memory, EnumSet.of(AccessFlag.LOCAL_WRITE));
    }

    /** Registers memory that the peer may read (rdma_reg_read(3)). */
    public MemoryRegion registerRead(MemorySegment memory) {
        return register(memory, EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ));
    }

    /** Registers memory that the peer may write (rdma_reg_write(3)). */
    public MemoryRegion registerWrite(MemorySegment memory) {
        return register(memory, EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_WRITE));
    }

    private MemoryRegion register(MemorySegment memory, Set<AccessFlag> access) {
        return MemoryRegion.registerBorrowed(id.protectionDomain(), memory, access);
    }

    /** Gives up a registration of this id's (rdma_dereg_mr(3)). */
    public void deregister(MemoryRegion region) {
        region.close();
    }

    /** Posts a receive (rdma_post_recv(3)), to the id's shared receive queue if it has one. */
    public void postReceive(long workRequestId, MemorySegment data, MemoryRegion region) {
        requireWithin(data, region);
        postReceive(workRequestId, List.of(new Element(data, region)));
    }

    /** Posts a receive into several pieces (rdma_post_recvv(3)). */
    public void postReceive(long workRequestId, List<Element> elements) {
        receives.clear();
        ReceiveWorkRequest request = receives.add(workRequestId);
        for (Element element : elements) {
            request.element(element.data(), lkey(element.region()));
        }
        SharedReceiveQueue shared = id.sharedReceiveQueue();
        if (shared != null) {
            shared.post(receives);
        } else {
            queuePair().postReceive(receives);
        }
    }

    /** Sends (rdma_post_send(3)). */
    public void postSend(long workRequestId, MemorySegment data, @Nullable MemoryRegion region, Set<SendFlag> flags) {
        postSend(workRequestId, List.of(new Element(data, region)), flags);
    }

    /** Sends several pieces as one message (rdma_post_sendv(3)). */
    public void postSend(long workRequestId, List<Element> elements, Set<SendFlag> flags) {
        post(begin(workRequestId).send(), elements, flags);
    }

    /** Reads the peer's memory (rdma_post_read(3)). */
    public void postRead(
            long workRequestId,
            MemorySegment into,
            MemoryRegion region,
            Set<SendFlag> flags,
            long remoteAddress,
            int rkey) {
        postRead(workRequestId, List.of(new Element(into, region)), flags, remoteAddress, rkey);
    }

    /** Reads the peer's memory into several pieces (rdma_post_readv(3)). */
    public void postRead(
            long workRequestId, List<Element> elements, Set<SendFlag> flags, long remoteAddress, int rkey) {
        post(begin(workRequestId).rdmaRead(remoteAddress, rkey), elements, flags);
    }

    /** Writes to the peer's memory (rdma_post_write(3)). */
    public void postWrite(
            long workRequestId,
            MemorySegment from,
            @Nullable MemoryRegion region,
            Set<SendFlag> flags,
            long remoteAddress,
            int rkey) {
        postWrite(workRequestId, List.of(new Element(from, region)), flags, remoteAddress, rkey);
    }

    /** Writes several pieces to the peer's memory (rdma_post_writev(3)). */
    public void postWrite(
            long workRequestId, List<Element> elements, Set<SendFlag> flags, long remoteAddress, int rkey) {
        post(begin(workRequestId).rdmaWrite(remoteAddress, rkey), elements, flags);
    }

    /** Sends a datagram, with the key that all ids of this port space have (rdma_post_ud_send(3)). */
    public void postDatagram(
            long workRequestId,
            MemorySegment data,
            @Nullable MemoryRegion region,
            Set<SendFlag> flags,
            AddressHandle peer,
            int queuePairNumber) {
        SendWorkRequest request =
                begin(workRequestId).send().toDatagramPeer(peer, queuePairNumber, LibRdmacm.RDMA_UDP_QKEY());
        post(request, List.of(new Element(data, region)), flags);
    }

    private SendWorkRequest begin(long workRequestId) {
        sends.clear();
        return sends.add(workRequestId);
    }

    private void post(SendWorkRequest request, List<Element> elements, Set<SendFlag> flags) {
        for (Element element : elements) {
            request.element(element.data(), lkey(element.region()));
        }
        for (SendFlag flag : flags) {
            switch (flag) {
                case SIGNALED -> request.signaled();
                case FENCE -> request.fence();
                case SOLICITED -> request.solicited();
                case INLINE -> request.inline();
                case IP_CSUM -> request.checksums();
            }
        }
        queuePair().postSend(sends);
    }

    /**
     * Waits for the next completion of the send queue that librdmacm made (rdma_get_send_comp(3)).
     *
     * @return valid until the next completion is taken
     * @throws VerbsException EINTR when the thread is interrupted while there is none; its flag stays set
     * @throws IllegalStateException when the queue pair is closed, before or meanwhile
     */
    public WorkCompletion getSendCompletion() {
        return next(id.sendCompletions(), "send");
    }

    /** As {@link #getSendCompletion}, of the receive queue (rdma_get_recv_comp(3)). */
    public WorkCompletion getReceiveCompletion() {
        return next(id.receiveCompletions(), "receive");
    }

    private WorkCompletion next(@Nullable CompletionQueue queue, String direction) {
        CompletionChannel channel = queue == null ? null : queue.channel();
        if (queue == null || channel == null) {
            throw new IllegalStateException(id + " has no " + direction + " completion queue of librdmacm's:"
                    + " create the queue pair without completion queues, with room for " + direction + "s");
        }
        while (true) {
            if (queue.poll(completions) > 0) {
                return completions.get(0);
            }
            queue.requestNotification(false);
            if (queue.poll(completions) > 0) {
                return completions.get(0);
            }
            if (channel.getEvent() != null) {
                queue.acknowledgeEvents(1);
            }
        }
    }

    private QueuePair queuePair() {
        QueuePair pair = id.queuePair();
        if (pair == null) {
            throw new IllegalStateException(id + " has no queue pair: create it first");
        }
        return pair;
    }

    private static int lkey(@Nullable MemoryRegion region) {
        return region == null ? 0 : region.lkey();
    }

    private static void requireWithin(MemorySegment data, MemoryRegion region) {
        long from = region.memory().address();
        if (data.address() < from
                || data.address() + data.byteSize() > from + region.memory().byteSize()) {
            throw new IllegalArgumentException("the data are not within the region");
        }
    }

    @Override
    public void close() {
        sends.close();
        receives.close();
        completions.close();
    }
}
