package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdmacm.RdmaSocket.Polled;
import io.ffmiser.rdmacm.RdmaSocket.Readiness;
import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.testkit.bindings.LayoutProbe;
import io.ffmiser.testkit.bindings.RdmaCoreStub;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.VerbsUnavailableException;
import io.ffmiser.verbs.VerbsUnavailableException.Reason;
import io.ffmiser.verbs.internal.NativeLibrary;
import io.ffmiser.verbs.internal.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What librdmacm gained after rdma-core 44, on a stub of librdmacm 65 that answers at once; and what is told where it is older. */
@RdmaCoreStub(
        release = 65,
        sources = {"src/test/c/fake_ids.c", "src/test/c/fake_65.c"})
@SuppressWarnings("restricted")
class RdmaCore65Test {
    private static final SymbolLookup STUB = SymbolLookup.libraryLookup("librdmacm.so.1", Arena.global());

    private static MemorySegment function(String name) {
        return STUB.find(name).orElseThrow();
    }

    private static String line() throws Throwable {
        String line = ((MemorySegment) Linker.nativeLinker()
                        .downcallHandle(function("fake_65_line"), FunctionDescriptor.of(ValueLayout.ADDRESS))
                        .invoke())
                .reinterpret(Long.MAX_VALUE)
                .getString(0);
        Linker.nativeLinker()
                .downcallHandle(function("fake_65_forget"), FunctionDescriptor.ofVoid())
                .invoke();
        return line;
    }

    @Test
    void shouldComeBack_whenAnEventIsWritten() {
        EventChannel channel = EventChannel.create();
        CmId id = channel.createId(PortSpace.TCP);
        assertNull(channel.poll());
        id.writeEvent(-5, 1L << 40);
        assertEquals(new CmEvent.User(id, -5, 1L << 40), channel.poll());
        id.close();
        channel.close();
    }

    @Test
    void shouldTellByEvent_whenAnAddressIsResolvedForAnId() throws Throwable {
        EventChannel channel = EventChannel.create();
        CmId id = channel.createId(PortSpace.TCP);
        AddressInfo.resolveFor(id, "host", "7471", new AddressInfo.Hints().dns());
        assertEquals("host 7471 20", line());
        assertEquals(new CmEvent.AddressInfoResolved(id), channel.poll());
        AddressInfo found = AddressInfo.resolvedFor(id);
        assertEquals(PortSpace.TCP, found.portSpace());
        assertTrue(found.isPassive());
        found.close();
        assertEquals("free", line());

        AddressInfo.resolveFor(
                id,
                null,
                "service",
                new AddressInfo.Hints().subnetAdministration().flags(0x100));
        assertEquals("- service 110", line());
        CmEvent failed = channel.poll();
        assertEquals(new CmEvent.AddressInfoError(id, -110), failed);

        assertEquals(Errno.ENOENT, errnoOf(() -> AddressInfo.resolveFor(id, "nobody", null, new AddressInfo.Hints())));
        assertEquals(Errno.EBUSY, errnoOf(() -> AddressInfo.resolveFor(id, "busy", null, new AddressInfo.Hints())));
    }

    private static Errno errnoOf(Executable call) {
        return assertThrows(VerbsException.class, call).errno();
    }

    @Test
    void shouldTellWhichAreReady_whenSocketsArePolledTogether() throws Throwable {
        RdmaSocket first = RdmaSocket.stream(StandardProtocolFamily.INET);
        RdmaSocket second = RdmaSocket.stream(StandardProtocolFamily.INET);
        RdmaSocketPoller poller = RdmaSocketPoller.create();
        poller.add(first, Set.of(Readiness.WRITABLE));
        poller.add(second, Set.of(Readiness.READABLE, Readiness.WRITABLE));
        assertEquals("create 80000;ctl 55 1 100 4 100;ctl 55 1 101 5 101;", line());

        List<Polled> ready = poller.await(4, -1);
        assertEquals("wait 55 4 0;wait 55 4 100;", line());
        assertEquals(
                List.of(
                        new Polled(second, Set.of(Readiness.READABLE, Readiness.HUNG_UP)),
                        new Polled(first, Set.of(Readiness.WRITABLE))),
                ready);
        assertEquals(List.of(), poller.await(4, 0));
        assertEquals("EBADF", errnoOf(() -> poller.await(9, -1)).name());
        assertEquals(List.of(new Polled(first, Set.of(Readiness.INVALID))), poller.await(2, -1));
        assertThrows(IllegalArgumentException.class, () -> poller.await(0, -1));
        assertThrows(IllegalStateException.class, first::close);
        assertEquals(Errno.ENOENT, errnoOf(() -> poller.modify(second, Set.of())));

        line();
        poller.modify(first, Set.of(Readiness.READABLE));
        poller.remove(first);
        first.close();
        poller.close();
        poller.close();
        assertEquals("ctl 55 3 100 1 100;ctl 55 2 100 0 100;close 100;ctl 55 2 101 0 101;close 55;", line());
        assertThrows(IllegalStateException.class, () -> poller.await(1, 0));
        second.close();
        assertEquals("close 101;", line());
    }

    /** The kernel's struct is packed on x86-64 and nowhere else. */
    @Test
    void shouldBeAsTheCompilersStruct_whenAnEpollEventIsWritten() throws Exception {
        Path work = Files.createTempDirectory("epoll");
        Path header = Files.writeString(work.resolve("epoll.h"), "#include <sys/epoll.h>\n");
        String size = "sizeof(struct epoll_event)";
        String data = "offsetof(struct epoll_event, data)";
        assertEquals(
                Map.of(size, Platform.epollEventBytes(), data, Platform.epollDataOffset()),
                LayoutProbe.c("gcc", List.of(), header, List.of(size, data), work));
    }

    @Test
    @RdmaCoreStub(release = 44, sources = "src/test/c/fake_ids.c")
    void shouldSayWhichRdmaCoreHasIt_whenTheLibraryIsOlder() {
        CmId id = EventChannel.create().createId(PortSpace.TCP);
        assertAbsent("rdma_write_cm_event@RDMACM_1.4: it came with rdma-core 60", () -> id.writeEvent(0, 0));
        assertAbsent(
                "rdma_resolve_addrinfo@RDMACM_1.4: it came with rdma-core 60",
                () -> AddressInfo.resolveFor(id, "host", null, new AddressInfo.Hints()));
        assertAbsent("rdma_query_addrinfo@RDMACM_1.4: it came with rdma-core 60", () -> AddressInfo.resolvedFor(id));
        assertAbsent("repoll_create@RDMACM_1.5: it came with rdma-core 65", RdmaSocketPoller::create);
    }

    private static void assertAbsent(String function, Executable call) {
        assertEquals(
                "librdmacm.so.1 has no " + function,
                assertThrows(UnsupportedOperationException.class, call).getMessage());
    }

    @Test
    @RdmaCoreStub(release = 30)
    void shouldLackWhatCameLater_whenRdmaCoreIs30() {
        NativeLibrary.RDMACM.require();
        Set<String> later = new TreeSet<>();
        for (var method : LibRdmacm.class.getMethods()) {
            String name = method.getName();
            if (name.endsWith("$address") && !NativeLibrary.RDMACM.has(name.replace("$address", ""))) {
                later.add(name.replace("$address", ""));
            }
        }
        assertEquals(
                Set.of(
                        "rdma_get_remote_ece",
                        "rdma_query_addrinfo",
                        "rdma_reject_ece",
                        "rdma_resolve_addrinfo",
                        "rdma_set_local_ece",
                        "rdma_write_cm_event",
                        "repoll_create",
                        "repoll_ctl",
                        "repoll_wait"),
                later);
    }

    @Test
    @RdmaCoreStub(release = 22)
    void shouldSayThatItIsTooOld_whenRdmaCoreIs22() {
        assertEquals(
                Reason.OLD_LIBRARY,
                assertThrows(VerbsUnavailableException.class, EventChannel::create)
                        .reason());
    }
}
