package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.rdmacm.gen.rdma_cm_id;
import io.ffmiser.verbs.CompletionChannel;
import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.ProtectionDomain;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.SharedReceiveQueue;
import io.ffmiser.verbs.SharedReceiveQueueAttributes;
import io.ffmiser.verbs.SharedReceiveQueueInitAttributes;
import io.ffmiser.verbs.internal.Lifetime;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What librdmacm keeps for an id beside the connection: context and domain, which it lends, and queues, which it makes and destroys. */
final class CmResources {
    private final CmId id;
    private @Nullable Context context;
    private @Nullable ProtectionDomain lentDomain;
    private @Nullable ProtectionDomain domain;
    private @Nullable QueuePair queuePair;
    private @Nullable SharedReceiveQueue sharedReceiveQueue;
    private @Nullable CompletionQueue sends;
    private @Nullable CompletionQueue receives;

    CmResources(CmId id) {
        this.id = id;
    }

    Context context() {
        Context known = context;
        if (known == null) {
            known = Context.borrow(rdma_cm_id.verbs(id.pointer()));
            context = known;
        }
        return known;
    }

    ProtectionDomain domain() {
        if (domain != null) {
            return domain;
        }
        ProtectionDomain known = lentDomain;
        if (known == null) {
            known = ProtectionDomain.borrow(context(), rdma_cm_id.pd(id.pointer()));
            lentDomain = known;
        }
        return known;
    }

    QueuePair createQueuePair(@Nullable ProtectionDomain wanted, QueuePairInitAttributes attributes) {
        return inDomain(
                wanted,
                in -> Lifetime.whileOpen(
                        () -> {
                            in.requireSameDevice(attributes.parents(null));
                            try (Arena arena = Arena.ofConfined()) {
                                if (attributes.isExtended()) {
                                    id.invoke(CmCalls.CREATE_QP_EX, attributes.writeExtended(arena, in));
                                } else {
                                    id.invoke(CmCalls.CREATE_QP, in, attributes.write(arena));
                                }
                            }
                            return adoptQueuePair(wanted, attributes);
                        },
                        attributes.parents(in)));
    }

    /** Makes something in a domain, while nobody closes the id. */
    private <T> T inDomain(@Nullable ProtectionDomain wanted, Function<ProtectionDomain, T> maker) {
        return Lifetime.whileOpen(() -> maker.apply(wanted == null ? domain() : wanted), id);
    }

    /** Takes the queue pair that is in the C id into care, or destroys it. */
    QueuePair adoptQueuePair(@Nullable ProtectionDomain wanted, QueuePairInitAttributes attributes) {
        MemorySegment pointer = id.pointer();
        try {
            ProtectionDomain in = wanted == null ? domain() : wanted;
            in.requireSameDevice(attributes.parents(null)); // of an endpoint it was not known before
            sends = completions(rdma_cm_id.send_cq(pointer), rdma_cm_id.send_cq_channel(pointer));
            receives = completions(rdma_cm_id.recv_cq(pointer), rdma_cm_id.recv_cq_channel(pointer));
            QueuePair made = QueuePair.borrow(rdma_cm_id.qp(pointer), attributes, this::destroyQueuePair, id, in);
            queuePair = made;
            domain = in;
            return made;
        } catch (RuntimeException | Error e) {
            if (!rdma_cm_id.qp(pointer).equals(MemorySegment.NULL)) {
                destroyQueuePair();
            }
            throw e;
        }
    }

    private static @Nullable CompletionQueue completions(MemorySegment queue, MemorySegment channel) {
        return queue.equals(MemorySegment.NULL) || channel.equals(MemorySegment.NULL)
                ? null
                : CompletionQueue.borrow(queue, CompletionChannel.borrow(channel));
    }

    private void destroyQueuePair() {
        requireUnused(sends);
        requireUnused(receives);
        sends = close(sends);
        receives = close(receives);
        LibRdmacm.rdma_destroy_qp(id.pointer());
        queuePair = null;
    }

    private static void requireUnused(@Nullable CompletionQueue queue) {
        if (queue != null) {
            queue.requireChildless();
        }
    }

    private static @Nullable CompletionQueue close(@Nullable CompletionQueue queue) {
        if (queue != null) {
            CompletionChannel channel = queue.channel();
            queue.close();
            if (channel != null) {
                channel.close();
            }
        }
        return null;
    }

    SharedReceiveQueue createSharedReceiveQueue(
            @Nullable ProtectionDomain wanted, SharedReceiveQueueAttributes attributes) {
        requireNoSharedReceiveQueue();
        return inDomain(wanted, in -> {
            try (Arena arena = Arena.ofConfined()) {
                return Lifetime.whileOpen(
                        () -> {
                            id.invoke(CmCalls.CREATE_SRQ, in, attributes.writeInit(arena));
                            return adoptSharedReceiveQueue(in);
                        },
                        in);
            }
        });
    }

    SharedReceiveQueue createSharedReceiveQueue(
            @Nullable ProtectionDomain wanted, SharedReceiveQueueInitAttributes attributes) {
        requireNoSharedReceiveQueue();
        return inDomain(wanted, in -> {
            NativeObject[] used = attributes.parents(in);
            try (Arena arena = Arena.ofConfined()) {
                return Lifetime.whileOpen(
                        () -> {
                            in.requireSameDevice(used);
                            id.invoke(CmCalls.CREATE_SRQ_EX, attributes.write(arena, in));
                            return adoptSharedReceiveQueue(used);
                        },
                        used);
            }
        });
    }

    private void requireNoSharedReceiveQueue() {
        if (sharedReceiveQueue != null) {
            throw new IllegalStateException(id + " has " + sharedReceiveQueue + " already");
        }
    }

    private SharedReceiveQueue adoptSharedReceiveQueue(NativeObject... used) {
        NativeObject[] owners = Stream.concat(Stream.of(id), Stream.of(used)).toArray(NativeObject[]::new);
        SharedReceiveQueue made =
                SharedReceiveQueue.borrow(rdma_cm_id.srq(id.pointer()), this::destroySharedReceiveQueue, owners);
        sharedReceiveQueue = made;
        return made;
    }

    /** rdma_destroy_srq destroys the completion queues of the id's queue pair too: that must be gone before. */
    private void destroySharedReceiveQueue() {
        if (queuePair != null) {
            throw new IllegalStateException(sharedReceiveQueue + " is used by " + queuePair + ": close that first");
        }
        LibRdmacm.rdma_destroy_srq(id.pointer());
        sharedReceiveQueue = null;
    }

    @Nullable
    QueuePair queuePair() {
        return queuePair;
    }

    @Nullable
    SharedReceiveQueue sharedReceiveQueue() {
        return sharedReceiveQueue;
    }

    @Nullable
    CompletionQueue sendCompletions() {
        return sends;
    }

    @Nullable
    CompletionQueue receiveCompletions() {
        return receives;
    }

    /** Gives back what was lent; throws while something is alive that was made on it. */
    void release() {
        if (lentDomain != null) {
            lentDomain.close();
            lentDomain = null;
        }
        if (context != null) {
            context.close();
            context = null;
        }
    }
}
