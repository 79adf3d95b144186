package io.ffmiser.verbs;

import static io.ffmiser.verbs.MisuseProgram.Case.argument;
import static io.ffmiser.verbs.MisuseProgram.Case.state;

import io.ffmiser.verbs.MisuseProgram.Case;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Requests that lack something, that the queue pair does not send, or that are made where another one was before. */
final class PostingMisuse implements MisuseProgram.Row {
    private final StrictDevice device = new StrictDevice(0);
    private final StrictDevice other = new StrictDevice(1);

    private void post(QueuePairType type, Consumer<SendWorkRequest> request) {
        SendWorkRequests batch = new SendWorkRequests(2, 1);
        request.accept(batch.add(1));
        device.pair(type).postSend(batch);
    }

    /** A batch of one place, which a datagram to a peer that is closed since was in before. */
    private SendWorkRequests used() {
        SendWorkRequests batch = new SendWorkRequests(1, 1);
        try (AddressHandle peer = device.peer()) {
            batch.add(1).send().toDatagramPeer(peer, 1, 1);
            device.pair(QueuePairType.UD).postSend(batch);
        }
        batch.clear();
        return batch;
    }

    private void bind(MemoryWindow window, MemoryRegion region) {
        post(QueuePairType.RC, request -> request.bind(window, 1, region, 0, 8, Set.of()));
    }

    @Override
    public List<Case> cases() {
        return List.of(
                state("a datagram to nobody", "toDatagramPeer", () -> post(QueuePairType.UD, request -> {})),
                state("a datagram to nobody behind one to somebody", "toDatagramPeer", () -> {
                    SendWorkRequests batch = new SendWorkRequests(2, 1);
                    batch.add(1).toDatagramPeer(device.peer(), 1, 1);
                    batch.add(2).send();
                    device.pair(QueuePairType.UD).postSend(batch);
                }),
                state("a datagram to nobody where one to somebody was", "toDatagramPeer", () -> {
                    SendWorkRequests batch = used();
                    batch.add(1).send();
                    device.pair(QueuePairType.UD).postSend(batch);
                }),
                state(
                        "a datagram whose peer's place was written over",
                        "toDatagramPeer",
                        () -> post(
                                QueuePairType.UD,
                                request -> request.toDatagramPeer(device.peer(), 1, 1)
                                        .rdmaWrite(8, 1)
                                        .send())),
                state(
                        "a datagram to a handle that is closed before the post",
                        "is closed",
                        () -> post(QueuePairType.UD, request -> {
                            try (AddressHandle peer = device.peer()) {
                                request.toDatagramPeer(peer, 1, 1);
                            }
                        })),
                state(
                        "a datagram to a closed handle",
                        "is closed",
                        () -> post(QueuePairType.UD, request -> {
                            AddressHandle peer = device.peer();
                            peer.close();
                            request.toDatagramPeer(peer, 1, 1);
                        })),
                argument(
                        "a datagram to a handle of another device",
                        "fake1",
                        () -> post(QueuePairType.UD, request -> request.toDatagramPeer(other.peer(), 1, 1))),
                state(
                        "an RDMA Write as a datagram",
                        "RDMA_WRITE",
                        () -> post(
                                QueuePairType.UD,
                                request -> request.toDatagramPeer(device.peer(), 1, 1)
                                        .rdmaWrite(8, 1))),
                state(
                        "an RDMA Read of an unreliable connection",
                        "RDMA_READ",
                        () -> post(QueuePairType.UC, request -> request.rdmaRead(8, 1))),
                state(
                        "an atomic of an unreliable connection",
                        "ATOMIC_FETCH_AND_ADD",
                        () -> post(QueuePairType.UC, request -> request.fetchAndAdd(8, 1, 1))),
                state(
                        "segments on a reliable connection",
                        "TSO",
                        () -> post(
                                QueuePairType.RC,
                                request ->
                                        request.segment(device.region().memory().asSlice(0, 8), 8))),
                state("a send of an XRC receiver", "does not send", () -> {
                    SendWorkRequests batch = new SendWorkRequests(1, 1);
                    batch.add(1);
                    device.extended(QueuePairType.XRC_RECV).postSend(batch);
                }),
                state(
                        "an XRC send to no queue",
                        "toSharedReceiveQueue",
                        () -> post(QueuePairType.XRC_SEND, request -> request.send())),
                state("a bind where a datagram was, of a closed window", "is closed", () -> {
                    SendWorkRequests batch = used();
                    try (MemoryWindow window = device.window()) {
                        batch.add(1).bind(window, 1, device.region(), 0, 8, Set.of());
                    }
                    device.pair(QueuePairType.RC).postSend(batch);
                }),
                state("a bind to a region that is closed before the post", "is closed", () -> {
                    SendWorkRequests batch = new SendWorkRequests(1, 1);
                    MemoryWindow window = device.window();
                    try (MemoryRegion region = device.region()) {
                        batch.add(1).bind(window, 1, region, 0, 8, Set.of());
                    }
                    device.pair(QueuePairType.RC).postSend(batch);
                }),
                state("a bind of a closed window", "is closed", () -> {
                    MemoryWindow window = device.window();
                    window.close();
                    bind(window, device.region());
                }),
                argument(
                        "a bind of a window of another device",
                        "different protection domains",
                        () -> bind(other.window(), device.region())),
                argument(
                        "a bind of a type 1 window",
                        "type 1",
                        () -> bind(MemoryWindow.allocate(device.domain, MemoryWindowType.TYPE_1), device.region())),
                state("a receive besides a shared receive queue", "shared", () -> {
                    QueuePair pair = QueuePair.create(
                            device.domain, device.attributes(QueuePairType.RC).sharedReceiveQueue(device.shared()));
                    ReceiveWorkRequests batch = new ReceiveWorkRequests(1, 1);
                    batch.add(1);
                    pair.postReceive(batch);
                }),
                state(
                        "a receive of an XRC sender",
                        "shared",
                        () -> device.pair(QueuePairType.XRC_SEND).postReceive(new ReceiveWorkRequests(1, 1))),
                state("a post to a closed queue pair", "is closed", () -> {
                    QueuePair pair = device.pair(QueuePairType.RC);
                    pair.close();
                    SendWorkRequests batch = new SendWorkRequests(1, 1);
                    batch.add(1);
                    pair.postSend(batch);
                }),
                state("a post to a closed shared receive queue", "is closed", () -> {
                    SharedReceiveQueue queue = device.shared();
                    queue.close();
                    ReceiveWorkRequests batch = new ReceiveWorkRequests(1, 1);
                    batch.add(1);
                    queue.post(batch);
                }),
                state("a post to a closed work queue", "is closed", () -> {
                    WorkQueue queue = device.workQueue();
                    queue.close();
                    ReceiveWorkRequests batch = new ReceiveWorkRequests(1, 1);
                    batch.add(1);
                    queue.post(batch);
                }),
                new Case("a request of a closed batch", IndexOutOfBoundsException.class, "", () -> {
                    SendWorkRequests batch = new SendWorkRequests(1, 1);
                    SendWorkRequest request = batch.add(1);
                    batch.close();
                    request.rdmaWrite(1, 1);
                }));
    }
}
