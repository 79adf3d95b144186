package io.ffmiser.verbs;

import static io.ffmiser.verbs.MisuseProgram.Case.argument;
import static io.ffmiser.verbs.MisuseProgram.Case.state;

import io.ffmiser.verbs.MisuseProgram.Case;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Memory that has no address, may not be written, is too long or is gone, wherever memory is given. */
final class MemoryMisuse implements MisuseProgram.Row {
    private final StrictDevice device = new StrictDevice(0);
    private final MemorySegment heap = MemorySegment.ofArray(new long[32]);
    private final MemorySegment good = Arena.global().allocate(64, 8);
    private final MemorySegment readOnly = good.asReadOnly();
    private final MemorySegment closed = closed();
    private final MemorySegment strangers = strangers();

    private static MemorySegment closed() {
        try (Arena arena = Arena.ofShared()) {
            return arena.allocate(64, 8);
        }
    }

    /** Of an arena of a thread that is alive. */
    @SuppressWarnings("MustBeClosedChecker")
    private static MemorySegment strangers() {
        MemorySegment[] made = new MemorySegment[1];
        Thread owner = new Thread(() -> {
            made[0] = Arena.ofConfined().allocate(64, 8);
        });
        owner.start();
        try {
            owner.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return made[0];
    }

    private interface Use {
        void of(MemorySegment memory) throws Throwable;
    }

    private static SendWorkRequest send() {
        return new SendWorkRequests(1, 1).add(1);
    }

    /** Of a request in a chain, which is aborted. */
    private void begun(Consumer<ExtendedQueuePair> calls) {
        ExtendedQueuePair pair = device.extended(QueuePairType.RC);
        try (ExtendedQueuePair.Chain chain = pair.begin()) {
            calls.accept(pair.request(1, 8).send());
            chain.complete();
        }
    }

    private WorkCompletion completion() {
        FakeVerbs.complete(1, 0, 128, 64, 0, 1);
        WorkCompletions completions = new WorkCompletions(1);
        CompletionQueue.borrow(FakeVerbs.make("fake_cq", device.context.pointer()))
                .poll(completions);
        return completions.get(0);
    }

    /** Each use of memory that is read or given to the device, with each kind of memory that it cannot be. */
    private void everyKind(List<Case> cases, String name, Use use) {
        cases.add(argument(name + " on the heap", "", () -> use.of(heap)));
        cases.add(state(name + " of a closed arena", "", () -> use.of(closed)));
        cases.add(new Case(name + " of another thread", WrongThreadException.class, "", () -> use.of(strangers)));
    }

    private void everyWritten(List<Case> cases, String name, Use use) {
        everyKind(cases, name, use);
        cases.add(argument(name + " that is read-only", "read-only", () -> use.of(readOnly)));
    }

    @Override
    public List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        everyKind(cases, "data of a send", memory -> send().element(memory, 1));
        everyWritten(
                cases,
                "data of a receive",
                memory -> new ReceiveWorkRequests(1, 1).add(1).element(memory, 1));
        everyWritten(cases, "a region", memory -> MemoryRegion.register(device.domain, memory, StrictDevice.WRITABLE));
        everyWritten(
                cases,
                "a region with addresses of its own",
                memory -> MemoryRegion.register(device.domain, memory, 4096, StrictDevice.WRITABLE));
        everyWritten(
                cases,
                "a region by attributes",
                memory -> MemoryRegion.register(
                        device.domain,
                        new MemoryRegionAttributes().memory(memory).access(StrictDevice.WRITABLE)));
        everyWritten(
                cases,
                "a region of borrowed memory by attributes",
                memory -> MemoryRegion.register(
                        device.domain,
                        new MemoryRegionAttributes().borrowedMemory(memory).access(StrictDevice.WRITABLE)));
        everyWritten(
                cases, "another memory of a region", memory -> device.region().reregister(null, memory, null));
        everyKind(
                cases,
                "a copy to the device",
                memory -> DeviceMemory.allocate(device.context, 64, 0).write(0, memory));
        everyWritten(
                cases,
                "a copy from the device",
                memory -> DeviceMemory.allocate(device.context, 64, 0).read(0, memory));
        everyKind(
                cases,
                "a received datagram",
                memory -> AddressHandle.createFrom(device.domain, completion(), memory, 1));
        everyKind(
                cases,
                "a received datagram for attributes",
                memory -> AddressHandle.attributesFrom(device.context, completion(), memory, 1));
        everyKind(cases, "a header", memory -> send().segment(memory, 1400));
        everyKind(cases, "inline data of a chain", memory -> begun(pair -> pair.inlineData(memory)));
        everyKind(
                cases, "eight bytes of a chain", memory -> begun(pair -> pair.atomicWrite(0, 1, memory.asSlice(0, 8))));
        everyKind(cases, "a header of a chain", memory -> begun(pair -> pair.sendSegmented(memory, 1400)));
        cases.add(state("a listed piece of a closed arena", "", () -> begun(pair -> pair.listInline(closed))));
        cases.add(new IndexCase(
                        "a received datagram without room for its header",
                        () -> AddressHandle.createFrom(device.domain, completion(), good.asSlice(0, 39), 1))
                .made());
        posted(cases);
        closeable(cases);
        return cases;
    }

    private record IndexCase(String name, MisuseProgram.Action action) {
        Case made() {
            return new Case(name, IndexOutOfBoundsException.class, "", action);
        }
    }

    @SuppressWarnings("restricted") // a segment that nobody touches
    private void posted(List<Case> cases) {
        cases.add(state("inline data whose arena closes before the post", "closed", () -> {
            SendWorkRequests batch = new SendWorkRequests(1, 1);
            try (Arena arena = Arena.ofConfined()) {
                batch.add(1).element(arena.allocate(8), 0).inline();
            }
            device.pair(QueuePairType.RC).postSend(batch);
        }));
        cases.add(state("inline data by plain numbers", "MemorySegment", () -> {
            SendWorkRequests batch = new SendWorkRequests(1, 1);
            batch.add(1).element(8, 8, 0).inline();
            device.pair(QueuePairType.RC).postSend(batch);
        }));
        cases.add(state("inline data of a region that closes before the post", "is closed", () -> {
            SendWorkRequests batch = new SendWorkRequests(1, 1);
            try (MemoryRegion region = device.region()) {
                batch.add(1).inline().element(region, 0, 8);
            }
            device.pair(QueuePairType.RC).postSend(batch);
        }));
        cases.add(state("inline data of a region without memory here", "no memory", () -> {
            SendWorkRequests batch = new SendWorkRequests(1, 1);
            MemoryRegion region = MemoryRegion.allocateNull(device.domain);
            batch.add(1).inline().element(region, 0, 8);
            device.pair(QueuePairType.RC).postSend(batch);
        }));
        cases.add(state("inline data of a region with addresses of its own", "addresses of its own", () -> {
            SendWorkRequests batch = new SendWorkRequests(1, 1);
            MemoryRegion region = MemoryRegion.register(device.domain, good, 8192, Set.of());
            batch.add(1).inline().element(region, 0, 8);
            device.pair(QueuePairType.RC).postSend(batch);
        }));
        cases.add(state("a header whose arena closes before the post", "closed", () -> {
            SendWorkRequests batch = new SendWorkRequests(1, 1);
            try (Arena arena = Arena.ofConfined()) {
                batch.add(1).segment(arena.allocate(8), 1400);
            }
            device.pair(QueuePairType.RAW_PACKET).postSend(batch);
        }));
        cases.add(argument("a read into a read-only segment", "read-only", () -> {
            SendWorkRequests batch = new SendWorkRequests(1, 1);
            batch.add(1).element(readOnly, 0).rdmaRead(1, 1);
            device.pair(QueuePairType.RC).postSend(batch);
        }));
        cases.add(argument("a part beyond a region", "not within", () -> send().element(device.region(), 4090, 8)));
        cases.add(argument("a part before a region", "not within", () -> send().element(device.region(), -8, 8)));
        cases.add(argument(
                "a received part beyond a region",
                "not within",
                () -> new ReceiveWorkRequests(1, 1).add(1).element(device.region(), 0, 4097)));
        cases.add(state("a part of a closed region", "is closed", () -> {
            MemoryRegion region = device.region();
            region.close();
            send().element(region, 0, 8);
        }));
        cases.add(argument(
                "a piece of more than 32 bits",
                "4294967295",
                () -> send().element(MemorySegment.ofAddress(4096).reinterpret(1L << 32), 1)));
        cases.add(argument(
                "an atomic write of four bytes",
                "of 8",
                () -> begun(pair -> pair.atomicWrite(0, 1, good.asSlice(0, 4)))));
        cases.add(argument(
                "too much listed inline",
                "4096",
                () -> begun(pair -> pair.listInline(Arena.global().allocate(ValueLayout.JAVA_BYTE, 4097)))));
        cases.add(state("memory of a closed buffer", "closed", () -> {
            ProviderBuffer buffer = device.buffer();
            buffer.close();
            buffer.memory().fill((byte) 1);
        }));
        cases.add(argument("a region of no bytes", "0", () -> MemoryRegion.allocate(device.domain, 0, Set.of())));
    }

    private void closeable(List<Case> cases) {
        for (boolean shared : new boolean[] {true, false}) {
            String kind = shared ? " of a shared arena" : " of a confined arena";
            cases.add(argument("a region" + kind, "registerBorrowed", () -> {
                try (Arena arena = shared ? Arena.ofShared() : Arena.ofConfined()) {
                    MemoryRegion.register(device.domain, arena.allocate(64), StrictDevice.WRITABLE);
                }
            }));
            cases.add(argument("a region with addresses of its own" + kind, "registerBorrowed", () -> {
                try (Arena arena = shared ? Arena.ofShared() : Arena.ofConfined()) {
                    MemoryRegion.register(device.domain, arena.allocate(64), 8, StrictDevice.WRITABLE);
                }
            }));
            cases.add(argument("a region by attributes" + kind, "registerBorrowed", () -> {
                try (Arena arena = shared ? Arena.ofShared() : Arena.ofConfined()) {
                    MemoryRegion.register(device.domain, new MemoryRegionAttributes().memory(arena.allocate(64)));
                }
            }));
            cases.add(argument("another memory" + kind, "registerBorrowed", () -> {
                try (Arena arena = shared ? Arena.ofShared() : Arena.ofConfined()) {
                    device.region().reregister(null, arena.allocate(64), null);
                }
            }));
        }
        cases.add(state("automatic memory of a region that is forgotten", "is kept", () -> {
            WeakReference<MemorySegment> memory = forgotten();
            System.gc();
            if (memory.get() != null) {
                throw new IllegalStateException("the memory is kept");
            }
        }));
    }

    private static WeakReference<MemorySegment> forgotten() {
        MemorySegment memory = Arena.ofAuto().allocate(64);
        MemoryRegion.register(new StrictDevice(3).domain, memory, StrictDevice.WRITABLE);
        return new WeakReference<>(memory);
    }
}
