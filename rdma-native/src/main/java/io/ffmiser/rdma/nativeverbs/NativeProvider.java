package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Availability;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.rdmacm.EventChannel;
import io.ffmiser.verbs.DeviceList;
import io.ffmiser.verbs.Verbs;
import io.ffmiser.verbs.VerbsException;
import io.ffmiser.verbs.VerbsUnavailableException;

/** The RDMA devices of this machine, by libibverbs and librdmacm: RNICs, soft-RoCE (rxe), siw. */
public final class NativeProvider implements RdmaProvider {
    /** The name to ask for. */
    public static final String NAME = "verbs";

    @Override
    public String name() {
        return NAME;
    }

    /** {@inheritDoc} Lists the devices and opens the connection manager, and closes both again. */
    @Override
    public Availability availability() {
        try {
            Verbs.require();
            try (DeviceList devices = Verbs.devices()) {
                if (devices.asList().isEmpty()) {
                    return new Availability.Unavailable(
                            "the kernel has no RDMA device",
                            "load the driver of the RDMA adapter; without one, soft-RoCE over any Ethernet interface: modprobe"
                                    + " rdma_rxe; rdma link add rxe0 type rxe netdev eth0");
                }
            }
            EventChannel.create().close();
            return new Availability.Available();
        } catch (VerbsUnavailableException e) {
            return unavailable(String.valueOf(e.getMessage()));
        } catch (VerbsException | LinkageError e) {
            return new Availability.Unavailable(String.valueOf(e), "see docs/howto/rdma-devices.md");
        }
    }

    /** The library's messages are "what is missing: what to do". */
    private static Availability unavailable(String message) {
        int colon = message.lastIndexOf(": ");
        return colon < 0
                ? new Availability.Unavailable(message, "see docs/howto/rdma-devices.md")
                : new Availability.Unavailable(message.substring(0, colon), message.substring(colon + 2));
    }

    /**
     * {@inheritDoc}
     *
     * <p>{@link PollerOptions#providerSettings()} are those of {@link NativeSettings}.
     */
    @Override
    public Poller openPoller(PollerOptions options) {
        NativeSettings settings = NativeSettings.parse(options.providerSettings());
        if (availability() instanceof Availability.Unavailable unavailable) {
            throw new RdmaException("RDMA provider " + NAME + " is " + unavailable);
        }
        return NativePoller.open(options, settings);
    }
}
