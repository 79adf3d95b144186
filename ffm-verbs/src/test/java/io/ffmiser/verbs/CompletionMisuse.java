package io.ffmiser.verbs;

import static io.ffmiser.testkit.child.StubProgram.awaitWaits;
import static io.ffmiser.testkit.child.StubProgram.inMany;
import static io.ffmiser.testkit.child.StubProgram.refused;
import static io.ffmiser.testkit.child.StubProgram.require;
import static io.ffmiser.testkit.child.StubProgram.start;
import static io.ffmiser.testkit.child.StubProgram.waits;

import io.ffmiser.testkit.child.StubProgram;
import io.ffmiser.verbs.gen.ibv_qp;
import io.ffmiser.verbs.gen.ibv_qp_ex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Misuses of completion queues, channels, contexts and events, each by its name, on the device of {@code stub_ibverbs.c}: what ended or stopped a
 * JVM is refused here, and the program ends by itself.
 */
enum CompletionMisuse {
    BORROWING_NULL {
        @Override
        void run(Context context) {
            MemorySegment none = MemorySegment.NULL;
            refused(IllegalArgumentException.class, "CompletionQueue", () -> CompletionQueue.borrow(none));
            refused(IllegalArgumentException.class, "Extended", () -> ExtendedCompletionQueue.borrow(none));
            refused(IllegalArgumentException.class, "CompletionChannel", () -> CompletionChannel.borrow(none));
            refused(IllegalArgumentException.class, "Context", () -> Context.borrow(none));
            CompletionChannel channel = CompletionChannel.create(context);
            refused(IllegalArgumentException.class, "CompletionQueue", () -> CompletionQueue.borrow(none, channel));
            channel.close();
        }
    },
    BORROWING_A_PLAIN_QUEUE_TO_READ_IN_PLACE {
        @Override
        void run(Context context) {
            CompletionQueue plain = CompletionQueue.create(context, 4);
            refused(IllegalArgumentException.class, "plain", () -> ExtendedCompletionQueue.borrow(plain.pointer()));
            MemorySegment foreign = STUB.call(
                    "ibv_create_cq", context.pointer(), MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL);
            refused(IllegalArgumentException.class, "plain", () -> ExtendedCompletionQueue.borrow(foreign));
            plain.close();
        }
    },
    READING_WHAT_IS_NOT_CURRENT {
        @Override
        void run(Context context) {
            ExtendedCompletionQueue queue = extended(context);
            List<Runnable> reads =
                    List.of(queue::workRequestId, queue::status, queue::readByteCount, queue::nextPoll, queue::endPoll);
            for (Runnable read : reads) {
                refused(IllegalStateException.class, "startPoll", read);
            }
            require(!queue.startPoll(), "there is nothing");
            for (Runnable read : reads) {
                refused(IllegalStateException.class, "startPoll", read);
            }
            STUB.set("stub_waiting", 1);
            require(queue.startPoll() && queue.readByteCount() == 42, "there is one");
            require(!queue.nextPoll(), "there is one only");
            refused(IllegalStateException.class, "current", queue::readByteCount);
            queue.endPoll();
            refused(IllegalStateException.class, "startPoll", queue::endPoll);
            queue.close();
            refused(IllegalStateException.class, "closed", queue::startPoll);
        }
    },
    POLLING_TWICE {
        @Override
        void run(Context context) {
            ExtendedCompletionQueue queue = extended(context);
            STUB.set("stub_waiting", 2);
            require(queue.startPoll(), "there is one");
            refused(IllegalStateException.class, "endPoll", queue::startPoll);
            try (WorkCompletions room = new WorkCompletions(1)) {
                refused(IllegalStateException.class, "endPoll", () -> queue.poll(room));
                CompletionQueue view = CompletionQueue.borrow(queue.pointer());
                refused(IllegalStateException.class, "endPoll", () -> view.poll(room));
                refused(IllegalStateException.class, "endPoll", view::close);
                refused(IllegalStateException.class, "still has", queue::close);
                queue.endPoll();
                view.close();
            }
            queue.close();
        }
    },
    CLOSING_WHILE_READING {
        @Override
        void run(Context context) {
            ExtendedCompletionQueue queue = extended(context);
            STUB.set("stub_waiting", 1);
            require(queue.startPoll(), "there is one");
            refused(IllegalStateException.class, "endPoll", queue::close);
            queue.endPoll();
            queue.close();
        }
    },
    FAILING_WHILE_READING {
        @Override
        void run(Context context) {
            ExtendedCompletionQueue queue = extended(context);
            STUB.set("stub_waiting", 3);
            refused(UnsupportedOperationException.class, "fails", () -> {
                try (ExtendedCompletionQueue.Reading reading = queue.reading()) {
                    while (reading.next()) {
                        throw new UnsupportedOperationException("a handler that fails");
                    }
                }
            });
            require(STUB.get("stub_ended") == 1, "end_poll was called");
            int count = 0;
            try (ExtendedCompletionQueue.Reading reading = queue.reading()) {
                while (reading.next()) {
                    count++;
                }
            }
            require(count == 2 && STUB.get("stub_ended") == 2, count + " were left");
            queue.close();
        }
    },
    /** A critical call would spin for the lock and keep the collector waiting for ever. */
    COLLECTING_GARBAGE_WHILE_A_POLL_WAITS_FOR_A_READER {
        @Override
        void run(Context context) throws Exception {
            ExtendedCompletionQueue queue = extended(context);
            waitForReader(queue, CompletionQueue.borrow(queue.pointer()));
            MemorySegment foreign = STUB.call("stub_foreign", context.pointer());
            waitForReader(ExtendedCompletionQueue.borrow(foreign), CompletionQueue.borrow(foreign));
        }

        private void waitForReader(ExtendedCompletionQueue reader, CompletionQueue other) throws Exception {
            STUB.set("stub_waiting", 1);
            require(reader.startPoll(), "there is one");
            Thread polling = start(() -> {
                try (WorkCompletions room = new WorkCompletions(1)) {
                    other.poll(room);
                }
            });
            STUB.await("stub_inside", 1);
            System.gc();
            reader.endPoll();
            polling.join();
            other.close();
            reader.close();
        }
    },
    /** A provider's poll may need the send queue's lock, which who builds requests in Java has. */
    COLLECTING_GARBAGE_WHILE_A_POLL_WAITS_FOR_A_BUILDER {
        @Override
        void run(Context context) throws Exception {
            CompletionQueue queue = CompletionQueue.create(context, 4);
            MemorySegment pair = ibv_qp_ex.allocate(Arena.global());
            ibv_qp.context(ibv_qp_ex.qp_base(pair), context.pointer());
            ibv_qp.send_cq(ibv_qp_ex.qp_base(pair), queue.pointer());
            ExtendedQueuePair builder = ExtendedQueuePair.borrowExtended(pair);
            STUB.set("stub_blocked", 1);
            Thread polling = start(() -> {
                try (WorkCompletions room = new WorkCompletions(1)) {
                    queue.poll(room);
                }
            });
            STUB.await("stub_inside", 1);
            System.gc();
            STUB.set("stub_blocked", 0);
            polling.join();
            builder.close();
            queue.close();
        }
    },
    CLOSING_WHILE_ANOTHER_POLLS {
        @Override
        void run(Context context) throws Exception {
            CompletionQueue queue = CompletionQueue.create(context, 4);
            queue.resize(8); // a plain call from now on, as this thread sleeps meanwhile
            STUB.set("stub_blocked", 1);
            WorkCompletions room = new WorkCompletions(1);
            Thread polling = start(() -> queue.poll(room));
            STUB.await("stub_inside", 1);
            refused(IllegalStateException.class, "polled", queue::close);
            refused(IllegalStateException.class, "filled", room::close);
            STUB.set("stub_blocked", 0);
            polling.join();
            room.close();
            queue.close();
        }
    },
    CLOSING_FROM_MANY_THREADS {
        @Override
        void run(Context context) throws Exception {
            for (int round = 1; round <= 200; round++) {
                CompletionQueue queue = CompletionQueue.create(context, 4);
                inMany(queue::close);
                require(
                        STUB.get("stub_destroyed") == round,
                        STUB.get("stub_destroyed") + " destroyed in round " + round);
            }
        }
    },
    USING_WHAT_IS_CLOSED {
        @Override
        void run(Context context) {
            CompletionChannel channel = CompletionChannel.create(context);
            CompletionQueue queue = CompletionQueue.create(context, 4, channel, 0);
            ExtendedCompletionQueue inPlace = extended(context);
            WorkCompletions room = new WorkCompletions(1);
            queue.close();
            inPlace.close();
            channel.close();
            for (Runnable use : List.<Runnable>of(
                    () -> queue.poll(room),
                    () -> queue.requestNotification(false),
                    queue::capacity,
                    () -> queue.resize(3),
                    () -> queue.moderate(1, 1),
                    () -> queue.acknowledgeEvents(0),
                    queue::pointer,
                    () -> inPlace.poll(room),
                    inPlace::startPoll,
                    channel::getEvent,
                    () -> channel.awaitEvent(0),
                    () -> channel.setNonBlocking(true),
                    () -> CompletionQueue.create(context, 4, channel, 0))) {
                refused(IllegalStateException.class, "closed", use);
            }
            CompletionQueue open = CompletionQueue.create(context, 4);
            room.close();
            refused(IllegalStateException.class, "freed", () -> open.poll(room));
            open.close();
            Device device = context.device();
            context.close();
            for (Runnable use : List.<Runnable>of(
                    () -> context.nextAsyncEvent(0),
                    context::commandFd,
                    context::queryDevice,
                    () -> context.queryPort(1),
                    () -> CompletionQueue.create(context, 4),
                    () -> CompletionChannel.create(context),
                    device::open)) {
                refused(IllegalStateException.class, "closed", use);
            }
        }
    },
    NUMBERS_OUT_OF_RANGE {
        @Override
        void run(Context context) {
            refused(IllegalArgumentException.class, "at least 1", () -> CompletionQueue.create(context, 0));
            refused(IllegalArgumentException.class, "from 0", () -> CompletionQueue.create(context, 1, null, -1));
            refused(
                    IllegalArgumentException.class,
                    "at least 1",
                    () -> ExtendedCompletionQueue.create(context, CompletionQueueAttributes.of(-5)));
            CompletionQueue queue = CompletionQueue.create(context, 4);
            refused(IllegalArgumentException.class, "at least 1", () -> queue.resize(0));
            refused(IllegalArgumentException.class, "65535", () -> queue.moderate(0x10000, 0));
            refused(IllegalArgumentException.class, "1 to 255", () -> context.queryPort(257));
            refused(IllegalArgumentException.class, "1 to 255", () -> context.queryGidEntry(257, 0));
            refused(IllegalArgumentException.class, "65535", () -> context.partitionKeyIndex(1, 0x1FFFF));
            queue.close();
        }
    },
    INTERRUPTING_WAITS {
        @Override
        void run(Context context) throws Exception {
            CompletionChannel channel = CompletionChannel.create(context);
            for (Runnable wait : List.<Runnable>of(
                    channel::getEvent, () -> channel.awaitEvent(-1), () -> context.nextAsyncEvent(-1))) {
                for (boolean virtual : new boolean[] {false, true}) {
                    Thread thread = waiting(virtual, VerbsException.class, "interrupted", wait);
                    thread.interrupt();
                    thread.join();
                }
                Thread.currentThread().interrupt(); // before it waits
                refused(VerbsException.class, "EINTR", wait);
                require(Thread.interrupted(), "the flag stays set");
            }
            channel.close();
        }
    },
    CLOSING_UNDER_WAITS {
        @Override
        void run(Context context) throws Exception {
            CompletionChannel channel = CompletionChannel.create(context);
            Thread taking = waiting(false, IllegalStateException.class, "closed", channel::getEvent);
            Thread awaiting = waiting(true, IllegalStateException.class, "closed", () -> channel.awaitEvent(-1));
            Thread asking = waiting(false, IllegalStateException.class, "closed", () -> context.nextAsyncEvent(-1));
            channel.close();
            taking.join();
            awaiting.join();
            context.close();
            asking.join();
        }
    },
    /** With one carrier: a wait that kept it would keep all others from it. */
    WAITING_IN_VIRTUAL_THREADS {
        @Override
        void run(Context context) throws Exception {
            CompletionChannel channel = CompletionChannel.create(context);
            CompletionQueue queue = CompletionQueue.create(context, 4, channel, 0);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                threads.add(Thread.startVirtualThread(() -> require(channel.awaitEvent(-1), "an event")));
            }
            Thread.startVirtualThread(() -> STUB.call("stub_event", channel.pointer(), queue.pointer()))
                    .join();
            for (Thread thread : threads) {
                thread.join();
            }
            require(queue.equals(channel.getEvent()), "its event");
            queue.close();
            channel.close();
        }
    },
    CLOSING_WITH_AN_OPEN_EVENT {
        @Override
        void run(Context context) {
            CompletionQueue queue = CompletionQueue.create(context, 4);
            STUB.call("stub_async", queue.pointer());
            AsyncEvent event = context.nextAsyncEvent(-1).orElseThrow();
            require(((AsyncEvent.OfObject) event).concerns(queue), "it is of the queue");
            refused(IllegalStateException.class, "CQ_ERR", queue::close);
            event.close();
            event.close();
            queue.close();
            require(event.type() == AsyncEventType.CQ_ERR, "what it tells stays readable");
        }
    },
    EVENTS_OF_A_LATER_LIBRARY {
        @Override
        void run(Context context) {
            STUB.call("stub_async", MemorySegment.NULL);
            try (AsyncEvent event = context.nextAsyncEvent(-1).orElseThrow()) {
                require(event.type() == AsyncEventType.UNKNOWN && event.number() == 77, event.toString());
                refused(IllegalStateException.class, "77", context::close);
            }
            require(STUB.get("stub_last_ack") == 77, "acknowledged by its own number");
        }
    },
    EVENTS_THAT_NOBODY_ACKNOWLEDGES {
        @Override
        void run(Context context) {
            CompletionChannel channel = CompletionChannel.create(context);
            CompletionQueue known = CompletionQueue.create(context, 4, channel, 0);
            CompletionQueue unknown = CompletionQueue.create(context, 4);
            STUB.call("stub_event", channel.pointer(), unknown.pointer());
            refused(IllegalStateException.class, "not known", channel::getEvent);
            STUB.call("stub_event", channel.pointer(), known.pointer());
            require(known.equals(channel.getEvent()), "its event");
            refused(IllegalArgumentException.class, "2 events", () -> known.acknowledgeEvents(2));
            int acknowledged = STUB.get("stub_acks");
            known.acknowledgeEvents(0);
            require(
                    STUB.get("stub_acks") == acknowledged,
                    "nothing is acknowledged by no call, which no close would wait for");
            unknown.close();
            known.close();
            channel.close();
        }
    };

    private static final StubProgram STUB = new StubProgram("libibverbs.so.1");

    abstract void run(Context context) throws Exception;

    static ExtendedCompletionQueue extended(Context context) {
        return ExtendedCompletionQueue.create(
                context, CompletionQueueAttributes.of(4).withFields(Set.of(CompletionField.BYTE_LEN)));
    }

    /** A thread that is refused in a wait, which it has begun. */
    static Thread waiting(boolean virtual, Class<? extends RuntimeException> kind, String words, Runnable wait)
            throws Exception {
        long before = waits();
        Runnable task = () -> {
            refused(kind, words, wait);
            require(
                    kind.equals(VerbsException.class) == Thread.currentThread().isInterrupted(),
                    "the flag stays as it was");
        };
        Thread thread = virtual
                ? Thread.startVirtualThread(() -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        e.printStackTrace();
                        Runtime.getRuntime().halt(3);
                    }
                })
                : start(task);
        awaitWaits(before + 1);
        return thread;
    }

    public static void main(String[] arguments) throws Exception {
        CompletionMisuse misuse = valueOf(arguments[0]);
        misuse.run(Verbs.open("stub0"));
        System.out.println("done: " + misuse);
    }
}
