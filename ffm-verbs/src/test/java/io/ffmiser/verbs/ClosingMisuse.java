package io.ffmiser.verbs;

import static io.ffmiser.verbs.MisuseProgram.Case.state;

import io.ffmiser.verbs.MisuseProgram.Case;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Two threads that close one object, a close during a call, and calls after the close. */
final class ClosingMisuse implements MisuseProgram.Row {
    private static final int TIMES = 20;

    private final StrictDevice device = new StrictDevice(0);

    private Map<String, Supplier<NativeObject>> nouns() {
        Map<String, Supplier<NativeObject>> nouns = new LinkedHashMap<>();
        nouns.put("a protection domain", () -> ProtectionDomain.allocate(device.context));
        nouns.put("a region", device::region);
        nouns.put("a window", device::window);
        nouns.put("device memory", () -> DeviceMemory.allocate(device.context, 64, 0));
        nouns.put("an address handle", device::peer);
        nouns.put("a queue pair", () -> device.pair(QueuePairType.RC));
        nouns.put(
                "an extended queue pair",
                () -> ExtendedQueuePair.create(
                        device.domain, device.attributes(QueuePairType.RC).sendOperations(Set.of(SendOperation.SEND))));
        nouns.put("a shared receive queue", device::shared);
        nouns.put("a work queue", device::workQueue);
        nouns.put("a receive table", () -> ReceiveWorkQueueTable.create(device.context, List.of(device.workQueue())));
        nouns.put("a flow", device::flow);
        nouns.put("counters", () -> Counters.create(device.context));
        nouns.put("a flow action", () -> FlowAction.createEsp(device.context, esp()));
        nouns.put("an XRC domain", () -> XrcDomain.open(device.context));
        nouns.put("a DMA handle", device::dmaHandle);
        nouns.put("a buffer", device::buffer);
        nouns.put("a completion counter", device::counter);
        nouns.put("a thread domain", () -> ThreadDomain.allocate(device.context));
        return nouns;
    }

    private static EspAttributes esp() {
        return new EspAttributes(null, null, OptionalInt.of(64), OptionalInt.empty(), List.of());
    }

    private static void closeByTwo(Supplier<NativeObject> noun) {
        for (int i = 0; i < TIMES; i++) {
            NativeObject object = noun.get();
            CyclicBarrier together = new CyclicBarrier(2);
            Runnable close = () -> {
                try {
                    together.await();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                object.close();
            };
            CompletableFuture<Void> other = CompletableFuture.runAsync(close, task -> new Thread(task).start());
            close.run();
            other.join();
            if (i == TIMES - 1) {
                object.requireOpen();
            }
        }
    }

    /** Closes while another thread is in a call that does not return before that. */
    private static void closeDuring(NativeObject closed, Runnable call) {
        FakeVerbs.run("strict_hold_next");
        CompletableFuture<Void> calling = CompletableFuture.runAsync(call, task -> new Thread(task).start());
        FakeVerbs.run("strict_await_held");
        try {
            closed.close();
        } finally {
            FakeVerbs.run("strict_release");
            calling.join();
        }
    }

    private <N extends NativeObject> Case after(String name, Supplier<N> noun, Consumer<N> call) {
        return state(name + " of what is closed", "is closed", () -> {
            N object = noun.get();
            object.close();
            call.accept(object);
        });
    }

    @Override
    public List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        nouns().forEach((name, noun) -> {
            cases.add(state(name + " closed by two threads", "is closed", () -> closeByTwo(noun)));
            cases.add(after("a pointer, of " + name, noun, NativeObject::pointer));
        });
        during(cases);
        duringCallsOfLater(cases);
        afterwards(cases);
        return cases;
    }

    private void during(List<Case> cases) {
        cases.add(state("a queue pair closed during a query", "in use", () -> {
            QueuePair pair = device.pair(QueuePairType.RC);
            closeDuring(pair, pair::queryState);
        }));
        cases.add(state("a shared receive queue closed during a query", "in use", () -> {
            SharedReceiveQueue queue = device.shared();
            closeDuring(queue, queue::query);
        }));
        cases.add(state("a domain closed while a region is registered", "in use", () -> {
            ProtectionDomain domain = ProtectionDomain.allocate(device.context);
            closeDuring(domain, () -> MemoryRegion.allocate(domain, 64, Set.of()));
        }));
        cases.add(state("a context closed while a domain is made", "in use", () -> {
            Context context = Context.borrow(FakeVerbs.make("strict_context", 2));
            closeDuring(context, () -> ProtectionDomain.allocate(context));
        }));
        cases.add(state("the key of a region whose memory is in use when it closes", "is closed", () -> {
            MemoryRegion region = device.region();
            MemorySegment memory = region.memory();
            try {
                closeDuring(region, () -> MemoryRegion.registerBorrowed(device.domain, memory, Set.of()));
            } catch (IllegalStateException inUse) {
                region.protectionDomain().requireOpen();
            }
            region.lkey();
        }));
        cases.add(state("a region whose memory is in use when it closes", "", () -> {
            MemoryRegion region = device.region();
            MemorySegment memory = region.memory();
            closeDuring(region, () -> MemoryRegion.registerBorrowed(device.domain, memory, Set.of()));
        }));
    }

    /** As above, with what came after rdma-core 44. */
    private void duringCallsOfLater(List<Case> cases) {
        cases.add(state("a context closed while a DMA handle is made", "in use", () -> {
            Context context = Context.borrow(FakeVerbs.make("strict_context", 2));
            closeDuring(context, () -> DmaHandle.allocate(context, new DmaHandle.Attributes()));
        }));
        cases.add(state("a context closed while a counter is made", "in use", () -> {
            Context context = Context.borrow(FakeVerbs.make("strict_context", 2));
            closeDuring(context, () -> CompletionCounter.create(context, CompletionCounterType.BYTES));
        }));
        cases.add(state("a domain closed while a buffer is made", "in use", () -> {
            ProtectionDomain domain = ProtectionDomain.allocate(device.context);
            closeDuring(domain, () -> ProviderBuffer.allocate(domain, 64));
        }));
        cases.add(state("a DMA handle closed while a region is registered with it", "in use", () -> {
            DmaHandle handle = device.dmaHandle();
            MemoryRegionAttributes attributes = new MemoryRegionAttributes()
                    .memory(Arena.global().allocate(64))
                    .dmaHandle(handle);
            closeDuring(handle, () -> MemoryRegion.register(device.domain, attributes));
        }));
        cases.add(state("a buffer closed while it is exported", "in use", () -> {
            ProviderBuffer buffer = device.buffer();
            closeDuring(buffer, buffer::exportDmabuf);
        }));
        cases.add(state("a counter closed while it is incremented", "in use", () -> {
            CompletionCounter counter = device.counter();
            closeDuring(counter, () -> counter.increment(1));
        }));
        cases.add(state("a counter closed while it is attached", "in use", () -> {
            CompletionCounter counter = device.counter();
            QueuePair pair = device.pair(QueuePairType.RC);
            closeDuring(counter, () -> counter.attach(pair, 1));
        }));
        cases.add(state("a queue pair closed while a counter is attached", "in use", () -> {
            CompletionCounter counter = device.counter();
            QueuePair pair = device.pair(QueuePairType.RC);
            closeDuring(pair, () -> counter.attach(pair, 1));
        }));
    }

    private void afterwards(List<Case> cases) {
        cases.add(after("lkey", device::region, MemoryRegion::lkey));
        cases.add(after("rkey", device::region, MemoryRegion::rkey));
        cases.add(after("handle", device::region, MemoryRegion::handle));
        cases.add(after("memory", device::region, MemoryRegion::memory));
        cases.add(after("reregister", device::region, region -> region.reregister(null, null, Set.of())));
        cases.add(after("advise", device::region, region -> region.advise(MemoryAdvice.PREFETCH, true, 0, 8)));
        cases.add(after("rkey of a window", device::window, MemoryWindow::rkey));
        cases.add(after("bound", device::window, window -> window.bound(1)));
        cases.add(after(
                "write",
                () -> DeviceMemory.allocate(device.context, 64, 0),
                memory -> memory.write(0, Arena.global().allocate(8))));
        cases.add(after(
                "read",
                () -> DeviceMemory.allocate(device.context, 64, 0),
                memory -> memory.read(0, Arena.global().allocate(8))));
        cases.add(after(
                "handle of device memory", () -> DeviceMemory.allocate(device.context, 64, 0), DeviceMemory::handle));
        Supplier<QueuePair> pair = () -> device.pair(QueuePairType.RC);
        cases.add(after("state", pair, QueuePair::state));
        cases.add(after("query", pair, QueuePair::queryState));
        cases.add(after(
                "capabilities",
                () -> QueuePair.borrow(device.pair(QueuePairType.RC).pointer()),
                QueuePair::capabilities));
        cases.add(after("modify", pair, QueuePair::modifyToError));
        cases.add(state("modify of what is closed, of a context that is freed", "is closed", () -> {
            MemorySegment freed = FakeVerbs.make("strict_context", 2);
            QueuePair closed = QueuePair.borrow(FakeVerbs.make("strict_qp", freed, (int) QueuePairType.RC.value()));
            closed.close();
            FakeVerbs.run("strict_free_context", freed);
            closed.modifyToError();
        }));
        cases.add(after("exportDmabuf", device::buffer, ProviderBuffer::exportDmabuf));
        cases.add(after("read of a counter", device::counter, CompletionCounter::read));
        cases.add(after("set of a counter", device::counter, counter -> counter.set(1)));
        cases.add(after("handle of a counter", device::counter, CompletionCounter::handle));
        cases.add(after(
                "attach of a counter", device::counter, counter -> counter.attach(device.pair(QueuePairType.RC), 1)));
        cases.add(after("attachMulticast", pair, closed -> closed.attachMulticast(Gid.ZERO, 1)));
        cases.add(after("modifyRateLimit", pair, closed -> closed.modifyRateLimit(1, 1, 1)));
        cases.add(after(
                "bind",
                pair,
                closed -> closed.bind(
                        MemoryWindow.allocate(device.domain, MemoryWindowType.TYPE_1),
                        1,
                        device.region(),
                        0,
                        8,
                        Set.of(),
                        Set.of())));
        cases.add(after("number of a shared receive queue", device::shared, SharedReceiveQueue::number));
        cases.add(after("query of a shared receive queue", device::shared, SharedReceiveQueue::query));
        cases.add(after("modifyLimit", device::shared, queue -> queue.modifyLimit(1)));
        cases.add(after("tags", device::shared, queue -> queue.post(new TagMatchingOperations(1, 1))));
        cases.add(after("state of a work queue", device::workQueue, WorkQueue::state));
        cases.add(after("modify of a work queue", device::workQueue, queue -> queue.modify(WorkQueueState.READY)));
        cases.add(
                after("read of counters", () -> Counters.create(device.context), counters -> counters.read(1, false)));
        cases.add(after(
                "attach of counters",
                () -> Counters.create(device.context),
                counters -> counters.attach(CounterDescription.BYTES, 0, null)));
        cases.add(after(
                "modifyEsp", () -> FlowAction.createEsp(device.context, esp()), action -> action.modifyEsp(esp())));
        cases.add(
                after("handle of a domain", () -> ProtectionDomain.allocate(device.context), ProtectionDomain::handle));
        cases.add(after(
                "a parent domain",
                () -> ProtectionDomain.allocate(device.context),
                domain -> ProtectionDomain.allocateParent(domain, null)));
        cases.add(after(
                "a flow",
                pair,
                closed -> Flow.create(closed, new Flow.Attributes(FlowType.NORMAL, 0, 1, Set.of(), List.of()))));
    }
}
