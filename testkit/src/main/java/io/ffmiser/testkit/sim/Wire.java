package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way from one end of a connection to the other: requests in order, and the Read responses that this end serves.
 * Memory is copied as it is delivered, in pieces at different times, each checked again.
 */
final class Wire {
    private static final long RECEIVER_NOT_READY_NANOS = 500_000_000L;
    private static final int SMALL_BYTES = 64;

    private final SimConnection from;
    private final SimFabric fabric;
    private final ArrayDeque<Packet> packets = new ArrayDeque<>();
    private final ArrayDeque<Packet> free = new ArrayDeque<>();
    private final ArrayDeque<SimWork> serving = new ArrayDeque<>();
    private long served;
    private long lastArrival;
    private long notReadySince = -1;
    private final SimEvent deliver = new SimEvent() {
        @Override
        void fire() {
            deliverPiece();
        }
    };
    private final SimEvent serve = new SimEvent() {
        @Override
        void fire() {
            servePiece();
        }
    };

    Wire(SimFabric fabric, SimConnection from) {
        this.from = from;
        this.fabric = fabric;
    }

    boolean isEmpty() {
        return packets.isEmpty();
    }

    void stop() {
        fabric.events.cancel(deliver);
        fabric.events.cancel(serve);
        packets.clear();
        serving.clear();
    }

    void transmit(SimWork work) {
        Packet packet = free.poll();
        if (packet == null) {
            packet = new Packet();
        }
        packet.operation = work.operation;
        packet.invalidates = work.invalidates;
        packet.stag = work.stag;
        packet.remoteOffset = work.remoteOffset;
        packet.total = work.total;
        packet.work = work;
        packet.delivered = 0;
        packet.begun = false;
        if (work.operation != Operation.RDMA_READ) {
            from.poller.transmitted(work);
            if (fabric.random.nextInt(100) < fabric.options.earlyCompletionPercent()) {
                leave(packet, work);
            }
        }
        lastArrival = Math.max(lastArrival, fabric.now() + fabric.latency(from));
        packet.arrival = lastArrival;
        packets.add(packet);
        if (!deliver.isArmed()) {
            fabric.events.arm(deliver, packet.arrival);
        }
    }

    /** The bytes leave this end: the request is done. */
    private static void leave(Packet packet, SimWork work) {
        if (packet.bytes.length < work.total) {
            packet.bytes = new byte[(int) work.total];
        }
        work.gather(packet.bytes);
        packet.work = null;
        work.done = true;
    }

    /** The other end has a receive now. */
    void receivePosted() {
        if (notReadySince >= 0) {
            notReadySince = -1;
            fabric.events.arm(deliver, fabric.now() + fabric.latency(from));
        }
    }

    private void deliverPiece() {
        SimConnection to = from.peer;
        Packet packet = packets.peek();
        if (to == null || packet == null || !to.isReceptive()) {
            packets.clear(); // lost with the connection
            return;
        }
        if (fabric.cutsByPlan(to)) {
            return;
        }
        boolean finished = switch (packet.operation) {
            case SEND -> deliverSend(packet, to);
            case RDMA_WRITE -> deliverWrite(packet, to);
            case RDMA_READ -> deliverReadRequest(packet, to);
            case RECEIVE, LOCAL_INVALIDATE -> throw new IllegalStateException("not on the wire: " + packet.operation);
        };
        if (packets.peek() != packet || notReadySince >= 0) {
            return; // failed, or waits
        }
        if (!finished) {
            fabric.events.arm(deliver, fabric.now() + 1 + fabric.random.nextInt(2_000));
            return;
        }
        packets.poll();
        SimWork work = packet.work;
        packet.work = null;
        free.add(packet);
        Packet next = packets.peek();
        if (next != null) {
            fabric.events.arm(deliver, Math.max(next.arrival, fabric.now() + 1));
        }
        if (work != null && packet.operation != Operation.RDMA_READ) {
            work.done = true;
        }
        from.progressed();
    }

    private long pieceOf(long left) {
        return left <= SMALL_BYTES || fabric.random.nextInt(4) != 0 ? left : 1 + fabric.random.nextInt((int) left);
    }

    private boolean deliverSend(Packet packet, SimConnection to) {
        if (!packet.begun) {
            if (!to.hasReceive()) {
                notReady(packet, to);
                return false;
            }
            SimReceive receive = to.nextReceive();
            if (packet.total > receive.length) {
                String message = "a message of " + packet.total + " bytes for a receive of " + receive.length;
                peerFails(packet, WorkStatus.REMOTE_INVALID_REQUEST, message);
                to.receiveTooShort(message);
                return false;
            }
            if (packet.total > 0 && !to.placesInto(receive)) {
                peerFails(
                        packet,
                        WorkStatus.REMOTE_OPERATION_ERROR,
                        "the receive's memory lacks the right of local write");
                to.fail(new DisconnectCause.LocalError("a receive's memory lacks the right of local write"));
                return false;
            }
            packet.begun = true;
        }
        SimReceive receive = to.nextReceive();
        if (packet.total > 0) {
            copy(packet, receive.memory().aliveSegment("a receive"), receive.offset);
            if (packet.delivered < packet.total) {
                return false;
            }
        }
        if (packet.invalidates) {
            SimExposure exposure = fabric.options.capabilities().remoteInvalidate() ? to.exposed(packet.stag) : null;
            if (exposure == null) {
                fabric.counters.remoteAccessErrors++;
                String message =
                        "Send with Invalidate of an STag that is not valid: 0x" + Integer.toHexString(packet.stag);
                peerFails(packet, WorkStatus.REMOTE_INVALID_REQUEST, message);
                to.fail(new DisconnectCause.LocalError(message));
                return false;
            }
            exposure.end();
        }
        fabric.counters.sends++;
        to.received(packet);
        return true;
    }

    private void notReady(Packet packet, SimConnection to) {
        if (!fabric.options.capabilities().receiverNotReadyRetry()) {
            fabric.counters.receiverNotReady++;
            peerFails(packet, WorkStatus.REMOTE_OPERATION_ERROR, "no receive posted");
            to.fail(new DisconnectCause.LocalError("a Send arrived and no receive is posted"));
            return;
        }
        if (notReadySince < 0) {
            fabric.counters.receiverNotReady++;
            notReadySince = fabric.now();
            fabric.events.arm(deliver, fabric.now() + RECEIVER_NOT_READY_NANOS);
        } else {
            notReadySince = -1;
            peerFails(packet, WorkStatus.RNR_RETRY_EXCEEDED, "the peer had no receive posted after all retries");
            fabric.later(() -> to.fail(new DisconnectCause.TransportLost("the peer gave up")));
        }
    }

    private boolean deliverWrite(Packet packet, SimConnection to) {
        if (packet.total > 0) {
            SimExposure exposure = to.exposed(packet.stag);
            long position =
                    exposure == null ? -1 : exposure.resolve(packet.remoteOffset, packet.total, Access.REMOTE_WRITE);
            if (exposure == null || position < 0) {
                refuseAccess(packet.operation, packet.stag, packet.work, from, to);
                return false;
            }
            copy(packet, exposure.memory().aliveSegment("an RDMA Write"), position);
            if (packet.delivered < packet.total) {
                return false;
            }
        }
        fabric.counters.writes++;
        fabric.counters.writeBytes += packet.total;
        return true;
    }

    private void copy(Packet packet, MemorySegment target, long targetOffset) {
        long count = pieceOf(packet.total - packet.delivered);
        SimWork work = packet.work;
        if (work == null) {
            MemorySegment.copy(
                    packet.bytes,
                    (int) packet.delivered,
                    target,
                    ValueLayout.JAVA_BYTE,
                    targetOffset + packet.delivered,
                    (int) count);
        } else {
            work.gather(packet.delivered, target, targetOffset + packet.delivered, count);
        }
        packet.delivered += count;
    }

    private boolean deliverReadRequest(Packet packet, SimConnection to) {
        SimWork work = packet.work;
        if (work == null) {
            throw new IllegalStateException("a Read without its request");
        }
        to.wire().serve(work);
        return true;
    }

    private void serve(SimWork work) {
        if (serving.size() >= Math.max(1, from.responderResources)) {
            throw fabric.violation("more RDMA Reads outstanding than the responder agreed to: " + from);
        }
        serving.add(work);
        if (serving.size() == 1) {
            served = 0;
            fabric.events.arm(serve, fabric.now() + fabric.latency(from));
        }
    }

    /** Moves the next piece of the oldest Read from this end's memory to that of the other end, which asked for it. */
    private void servePiece() {
        SimConnection reader = from.peer;
        SimWork work = serving.peek();
        if (work == null || reader == null || !reader.isReceptive()) {
            serving.clear();
            return;
        }
        if (fabric.cutsByPlan(from)) {
            return;
        }
        if (work.total > 0) {
            SimExposure exposure = from.exposed(work.stag);
            long position = exposure == null ? -1 : exposure.resolve(work.remoteOffset, work.total, Access.REMOTE_READ);
            if (exposure == null || position < 0) {
                refuseAccess(Operation.RDMA_READ, work.stag, work, reader, from);
                return;
            }
            long count = pieceOf(work.total - served);
            work.scatter(exposure.memory().aliveSegment("an RDMA Read"), position + served, served, count);
            served += count;
            if (served < work.total) {
                fabric.events.arm(serve, fabric.now() + 1 + fabric.random.nextInt(2_000));
                return;
            }
        }
        fabric.counters.reads++;
        fabric.counters.readBytes += work.total;
        serving.poll();
        served = 0;
        if (!serving.isEmpty()) {
            fabric.events.arm(serve, fabric.now() + fabric.latency(from));
        }
        work.done = true;
        reader.readsOutstanding--;
        reader.poller.placedByRead(work.total);
        reader.pump();
    }

    private void refuseAccess(
            Operation operation, int stag, @Nullable SimWork work, SimConnection asker, SimConnection refuser) {
        fabric.counters.remoteAccessErrors++;
        String message = operation + " outside of what STag 0x" + Integer.toHexString(stag) + " allows now";
        fabric.later(() ->
                asker.fail(new DisconnectCause.RemoteError(message), work, WorkStatus.REMOTE_ACCESS_ERROR, false));
        refuser.fail(new DisconnectCause.LocalError(message));
    }

    private void peerFails(Packet packet, WorkStatus status, String message) {
        SimWork work = packet.work;
        fabric.later(() -> from.fail(new DisconnectCause.RemoteError(message), work, status, false));
    }
}
