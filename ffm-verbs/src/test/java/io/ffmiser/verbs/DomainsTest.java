package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Thread, parent and XRC domains, which software devices lack: against the C test library. */
class DomainsTest {
    private final Context context = Context.borrow(FakeVerbs.controlContext());

    @Test
    void shouldHoldBoth_whenAParentDomainIsAllocated() {
        ProtectionDomain domain = ProtectionDomain.borrow(context, FakeVerbs.make("fake_pd", context.pointer()));
        ThreadDomain threads = ThreadDomain.allocate(context);
        FakeVerbs.call("alloc_td");
        FakeVerbs.reset();

        ProtectionDomain parent = ProtectionDomain.allocateParent(domain, threads);

        FakeVerbs.Call call = FakeVerbs.call("alloc_parent_domain");
        assertEquals(context.pointer().address(), call.argument(0));
        assertEquals(domain.pointer().address(), call.argument(1));
        assertEquals(threads.pointer().address(), call.argument(2));
        assertEquals(0x9D, parent.handle());
        assertThrows(IllegalStateException.class, domain::close);
        assertThrows(IllegalStateException.class, threads::close);
    }

    @Test
    void shouldGiveItBack_whenAThreadDomainIsClosed() {
        ThreadDomain threads = ThreadDomain.allocate(context);
        long address = threads.pointer().address();
        FakeVerbs.reset();

        threads.close();
        threads.close();

        assertEquals(address, FakeVerbs.call("dealloc_td").argument(0));
    }

    @Test
    void shouldBeNew_whenAnXrcDomainHasNoFile() {
        try (XrcDomain domain = XrcDomain.open(context)) {
            FakeVerbs.Call call = FakeVerbs.call("open_xrcd");
            assertEquals(3, call.argument(1));
            assertEquals(-1, call.argument(2));
            assertEquals(0x40, call.argument(3));
            FakeVerbs.reset();
            assertFalse(domain.isClosed());
        }
        FakeVerbs.call("close_xrcd");
    }

    @Test
    void shouldPassTheFile_whenAnXrcDomainIsShared() {
        XrcDomain.open(context, 7, XrcDomain.Opening.CREATE_NEW).close();
        assertEquals(7, FakeVerbs.calls().get(0).argument(2));
        assertEquals(0xC0, FakeVerbs.calls().get(0).argument(3));
        FakeVerbs.reset();
        XrcDomain.open(context, 7, XrcDomain.Opening.EXISTING).close();
        assertEquals(0, FakeVerbs.calls().get(0).argument(3));
    }

    @Test
    void shouldStayOpen_whenAnXrcDomainIsInUse() {
        XrcDomain domain = XrcDomain.open(context);
        FakeVerbs.failNext(Errno.EBUSY.number());

        assertEquals(Errno.EBUSY, DeviceTest.errnoOf(domain::close));

        assertFalse(domain.isClosed());
        domain.close();
    }
}
