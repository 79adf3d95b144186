package io.ffmiser.testkit.contract;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The part of the contract of {@code io.ffmiser.rdma} that the peer sees, so that the two ends may be of two providers: connecting, sending,
 * Writes and Reads, what is refused, and how connections end. {@link ProviderContract} adds the part that only one end sees. Where a device
 * cannot do something, by its capabilities, the test checks what it does instead; nothing is skipped.
 *
 * <p>Each test has two pollers, both driven by its own thread, on one host.
 */
public abstract class WireContract
        implements ConnectingContract, SendReceiveContract, RemoteMemoryContract, RemoteAccessContract, EndingContract {
    private @Nullable ContractRig rig;

    /** The provider that listens; asked once a test. */
    protected abstract RdmaProvider passive();

    /** The provider that connects; asked once a test, with the one that listens. */
    protected abstract RdmaProvider active(RdmaProvider passive);

    /** Where to listen: an address with port 0. */
    protected InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** How pollers are opened. */
    protected PollerOptions pollerOptions() {
        return PollerOptions.DEFAULT;
    }

    @BeforeEach
    final void openRig() {
        RdmaProvider passive = passive();
        rig = new ContractRig(passive, active(passive), pollerOptions(), address());
    }

    @AfterEach
    final void closeRig() {
        ContractRig open = rig;
        rig = null;
        if (open != null) {
            open.close();
            allClosed();
        }
    }

    /** Called when everything that a test made is closed: a provider that can count what is left checks it here. */
    protected void allClosed() {}

    @Override
    public final ContractRig rig() {
        ContractRig open = rig;
        if (open == null) {
            throw new IllegalStateException("outside of a test");
        }
        return open;
    }
}
