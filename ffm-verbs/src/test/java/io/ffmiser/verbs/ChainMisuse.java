package io.ffmiser.verbs;

import static io.ffmiser.verbs.MisuseProgram.Case.argument;
import static io.ffmiser.verbs.MisuseProgram.Case.state;

import io.ffmiser.verbs.MisuseProgram.Case;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** Chains of an extended queue pair that are out of order, left behind, or of another thread. */
final class ChainMisuse implements MisuseProgram.Row {
    private final StrictDevice device = new StrictDevice(0);

    private static final class Planned extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** In a chain that is aborted after it. */
    private void chain(QueuePairType type, Consumer<ExtendedQueuePair> calls) {
        ExtendedQueuePair pair = device.extended(type);
        try (ExtendedQueuePair.Chain chain = pair.begin()) {
            calls.accept(pair);
            chain.complete();
        }
    }

    private void elsewhere(Consumer<ExtendedQueuePair> call) throws Throwable {
        ExtendedQueuePair pair = device.extended(QueuePairType.RC);
        try (ExtendedQueuePair.Chain chain = pair.begin()) {
            CompletableFuture.runAsync(() -> call.accept(pair), task -> new Thread(task).start())
                    .join();
            chain.complete();
        } catch (CompletionException e) {
            throw e.getCause();
        }
    }

    @Override
    public List<Case> cases() {
        return List.of(
                state(
                        "a start after a start",
                        "complete or abort",
                        () -> chain(QueuePairType.RC, ExtendedQueuePair::start)),
                state(
                        "a post in a chain",
                        "complete or abort",
                        () -> chain(QueuePairType.RC, pair -> {
                            SendWorkRequests batch = new SendWorkRequests(1, 1);
                            batch.add(1);
                            pair.postSend(batch);
                        })),
                state(
                        "a close in a chain",
                        "complete or abort",
                        () -> chain(QueuePairType.RC, ExtendedQueuePair::close)),
                state("a start of another thread", "complete or abort", () -> elsewhere(ExtendedQueuePair::start)),
                state("a request of another thread", "in this thread", () -> elsewhere(pair -> pair.request(1, 0))),
                state("a complete of another thread", "in this thread", () -> elsewhere(ExtendedQueuePair::complete)),
                state("an abort of another thread", "in this thread", () -> elsewhere(ExtendedQueuePair::abort)),
                state(
                        "a complete without a start",
                        "start()",
                        () -> device.extended(QueuePairType.RC).complete()),
                state(
                        "an abort without a start",
                        "start()",
                        () -> device.extended(QueuePairType.RC).abort()),
                state(
                        "a request without a start",
                        "start()",
                        () -> device.extended(QueuePairType.RC).request(1, 0)),
                state(
                        "a send without a start",
                        "start()",
                        () -> device.extended(QueuePairType.RC).send()),
                state(
                        "an element before a request",
                        "say first what it does",
                        () -> chain(QueuePairType.RC, pair -> pair.element(1, 1, 1))),
                state(
                        "a list before a request",
                        "say first what it does",
                        () -> chain(QueuePairType.RC, pair -> pair.list(1, 1, 1))),
                state(
                        "inline data before a request",
                        "say first what it does",
                        () -> chain(
                                QueuePairType.RC,
                                pair -> pair.inlineData(device.region().memory().asSlice(0, 8)))),
                state(
                        "a peer before a request",
                        "say first what it does",
                        () -> chain(QueuePairType.UD, pair -> pair.toDatagramPeer(device.peer(), 1, 1))),
                state("a datagram to nobody", "toDatagramPeer", () -> chain(QueuePairType.UD, ExtendedQueuePair::send)),
                state(
                        "a datagram to nobody before one to somebody",
                        "toDatagramPeer",
                        () -> chain(QueuePairType.UD, pair -> pair.send().send().toDatagramPeer(device.peer(), 1, 1))),
                state(
                        "an XRC send to no queue",
                        "toSharedReceiveQueue",
                        () -> chain(QueuePairType.XRC_SEND, ExtendedQueuePair::send)),
                state(
                        "an RDMA Write as a datagram",
                        "RDMA_WRITE",
                        () -> chain(QueuePairType.UD, pair -> pair.rdmaWrite(1, 1))),
                state(
                        "a datagram to a closed handle",
                        "is closed",
                        () -> chain(QueuePairType.UD, pair -> {
                            AddressHandle peer = device.peer();
                            peer.close();
                            pair.send().toDatagramPeer(peer, 1, 1);
                        })),
                argument(
                        "a datagram to a handle of another device",
                        "fake1",
                        () -> chain(
                                QueuePairType.UD,
                                pair -> pair.send().toDatagramPeer(new StrictDevice(1).peer(), 1, 1))),
                state(
                        "a bind of a closed window",
                        "is closed",
                        () -> chain(QueuePairType.RC, pair -> {
                            MemoryWindow window = device.window();
                            window.close();
                            pair.bind(window, 1, device.region(), 0, 8, Set.of());
                        })),
                state(
                        "a list that is too long",
                        "64",
                        () -> chain(QueuePairType.RC, pair -> {
                            pair.send();
                            for (int i = 0; i < 65; i++) {
                                pair.list(1, 1, 1);
                            }
                        })),
                state("a start of a closed queue pair", "is closed", () -> {
                    ExtendedQueuePair pair = device.extended(QueuePairType.RC);
                    pair.close();
                    pair.start();
                }),
                state("a send of a closed queue pair", "is closed", () -> {
                    ExtendedQueuePair pair = device.extended(QueuePairType.RC);
                    pair.close();
                    pair.send();
                }),
                new Case("an exception in a chain, and another chain", Planned.class, "", () -> {
                    try {
                        chain(QueuePairType.RC, pair -> {
                            throw new Planned();
                        });
                    } finally {
                        chain(QueuePairType.RC, ExtendedQueuePair::send);
                        SendWorkRequests batch = new SendWorkRequests(1, 1);
                        batch.add(1);
                        device.pair(QueuePairType.RC).postSend(batch);
                    }
                }),
                state("a second complete of a chain", "start()", () -> {
                    ExtendedQueuePair pair = device.extended(QueuePairType.RC);
                    pair.start();
                    pair.complete();
                    pair.complete();
                }));
    }
}
