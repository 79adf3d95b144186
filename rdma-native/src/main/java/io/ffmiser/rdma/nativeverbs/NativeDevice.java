package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Poller;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.RdmaException;
import io.ffmiser.rdma.nativeverbs.NativeSettings.ExposureKind;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.CmId;
import io.ffmiser.rdmacm.PortSpace;
import io.ffmiser.verbs.AsyncEvent;
import io.ffmiser.verbs.AsyncEventType;
import io.ffmiser.verbs.CompletionChannel;
import io.ffmiser.verbs.CompletionQueue;
import io.ffmiser.verbs.Context;
import io.ffmiser.verbs.DeviceAttributes;
import io.ffmiser.verbs.DeviceCapability;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.QueuePairCapabilities;
import io.ffmiser.verbs.QueuePairInitAttributes;
import io.ffmiser.verbs.QueuePairType;
import io.ffmiser.verbs.Transport;
import io.ffmiser.verbs.VerbsException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device as one poller uses it: its limits, the poller's completion queues on it, and what happens to its ports and to itself.
 *
 * <p>An id of its own keeps it open, and hears of its removal. Drivers that cannot take a device from its users (soft-RoCE, siw) finish the removal
 * when the last of them has let go: this one does as soon as its last protection domain is closed.
 */
final class NativeDevice implements Device, CmWatcher, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NativeDevice.class);

    /** What a connect request carries on InfiniBand and RoCE beside the connection manager's own header (rdma_connect(3)). */
    private static final int INFINIBAND_PRIVATE_DATA = 56;

    /** With the four octets of enhanced set-up this fills what the kernel's connection manager carries for iWARP. */
    private static final int IWARP_PRIVATE_DATA = 251;

    /** rdma_conn_param has eight bits for each depth, and all ones mean something else. */
    private static final int MOST_READS = 254;

    /** Of soft-RoCE: it checks what a peer reaches through a window by the bounds of the region, not by those of the window. */
    private static final int RXE_VENDOR = 0xFFFFFF;

    /** Of siw, which, unlike adapters, checks the sink of an RDMA Read by local rights. */
    private static final int SIW_VENDOR = 0x626d74;

    private final NativePoller poller;
    private final CmId anchor;
    private final Context context;
    private final String name;
    private final boolean iwarp;
    private final DeviceAttributes attributes;
    private final DeviceCapabilities capabilities;
    private final ExposureKind exposure;
    private final CompletionChannel channel;
    private final List<SharedCompletionQueue> queues = new ArrayList<>();
    private final Set<NativeDomain> domains = new HashSet<>();
    private Poller.@Nullable Timer portDown;
    private int downPort;
    private int channelNumber;
    private int asyncNumber;
    private boolean armed;
    private boolean removed;

    /**
     * Opens the device that the id is bound to.
     *
     * @throws RdmaException if the device cannot be used as the settings say
     */
    static NativeDevice open(NativePoller poller, CmId id) {
        CmId anchor = poller.channel().createId(PortSpace.TCP);
        try {
            anchor.bind(new InetSocketAddress(
                    NativeRequest.addressOr(id.localAddress()).getAddress(), 0));
            if (!anchor.hasDevice() || !isSame(anchor.context(), id.context())) {
                throw new RdmaException("the device of " + id + " is not the one that its address " + id.localAddress()
                        + " belongs to: give each RDMA device an address of its own");
            }
            return new NativeDevice(poller, anchor, poller.settings());
        } catch (RuntimeException | Error e) {
            anchor.close();
            throw e;
        }
    }

    private static boolean isSame(Context one, Context other) {
        return one.pointer().address() == other.pointer().address();
    }

    private NativeDevice(NativePoller poller, CmId anchor, NativeSettings settings) {
        this.poller = poller;
        this.anchor = anchor;
        context = anchor.context();
        name = context.device().name();
        iwarp = context.device().transport() == Transport.IWARP;
        attributes = context.queryDevice();
        exposure = exposure(settings);
        capabilities = new DeviceCapabilities(
                attributes.maxSge(),
                iwarp ? 1 : attributes.maxSgeRead() > 0 ? attributes.maxSgeRead() : attributes.maxSge(),
                Math.min(context.queryPort(1).maxMessageBytes(), Integer.MAX_VALUE),
                attributes.maxWorkRequests(),
                Math.min(maxReadsAsInitiator(), maxReadsAsResponder()),
                iwarp ? IWARP_PRIVATE_DATA : INFINIBAND_PRIVATE_DATA,
                iwarp && !isSiw(),
                exposure == ExposureKind.WINDOW,
                exposure != ExposureKind.REGION_KEY,
                exposure == ExposureKind.WINDOW && !isSoftRoce(),
                !iwarp,
                false,
                !iwarp);
        channel = CompletionChannel.create(context);
        channel.setNonBlocking(true);
        AsyncEvents.register(this);
        LOG.debug("{}: device {} exposes by {}, {}", poller.name(), name, exposure, capabilities);
    }

    private ExposureKind exposure(NativeSettings settings) {
        boolean windows = attributes.capabilities().contains(DeviceCapability.MEM_WINDOW_TYPE_2A)
                || attributes.capabilities().contains(DeviceCapability.MEM_WINDOW_TYPE_2B);
        return switch (settings.exposure()) {
            case AUTO -> windows ? ExposureKind.WINDOW : ExposureKind.REGISTRATION;
            case WINDOW -> {
                if (!windows) {
                    throw new RdmaException("device " + name
                            + " has no type 2 memory windows: set verbs.exposure to registration, or to auto");
                }
                yield ExposureKind.WINDOW;
            }
            case REGISTRATION, REGION_KEY -> settings.exposure();
        };
    }

    void watch(Readiness readiness) {
        channelNumber = readiness.add(channel.fd());
        asyncNumber = readiness.add(context.asyncFd());
        poller.watch(anchor, this);
    }

    void unwatch(Readiness readiness) {
        readiness.remove(channelNumber);
        readiness.remove(asyncNumber);
        poller.unwatch(anchor);
    }

    /** Whether the id is bound to this device; a device that was removed and has come back is another one. */
    boolean isOf(CmId id) {
        return !removed && isSame(context, id.context());
    }

    boolean isUnused() {
        return domains.isEmpty();
    }

    NativePoller poller() {
        return poller;
    }

    Context context() {
        return context;
    }

    boolean isIwarp() {
        return iwarp;
    }

    /**
     * Whether it is soft-RoCE, which tells user programs of a peer's invalidation by a flag of the kernel's numbering (IB_WC_WITH_INVALIDATE, 4),
     * which is another one's in ibv_wc (IBV_WC_IP_CSUM_OK).
     */
    boolean isSoftRoce() {
        return attributes.vendorId() == RXE_VENDOR;
    }

    ExposureKind exposure() {
        return exposure;
    }

    long maxRegionBytes() {
        return attributes.maxMemoryRegionBytes();
    }

    int maxReadsAsInitiator() {
        return Math.clamp(attributes.maxReadAtomicAsInitiator(), 0, MOST_READS);
    }

    int maxReadsAsResponder() {
        return Math.clamp(attributes.maxReadAtomicAsTarget(), 0, MOST_READS);
    }

    /** How many of a connection's exposures may have windows. */
    int windows(ConnectionOptions options) {
        return exposure == ExposureKind.WINDOW ? options.exposures() : 0;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DeviceCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public ProtectionDomain allocateProtectionDomain() {
        poller.checkOpen();
        if (removed) {
            throw new RdmaException(removal());
        }
        try {
            NativeDomain domain = new NativeDomain(this, io.ffmiser.verbs.ProtectionDomain.allocate(context));
            domains.add(domain);
            return domain;
        } catch (VerbsException e) {
            throw new RdmaException("no protection domain to be had from device " + name + ": " + e.getMessage(), e);
        }
    }

    /** The domain, if it is of this device and poller. */
    NativeDomain own(ProtectionDomain domain) {
        if (domain instanceof NativeDomain own && own.device() == this) {
            own.checkOpen();
            return own;
        }
        throw new IllegalStateException("the protection domain is not of device " + name + " of this poller");
    }

    Set<NativeDomain> domains() {
        return domains;
    }

    void closed(NativeDomain domain) {
        domains.remove(domain);
        letGoIfRemoved();
    }

    /** @throws RdmaException naming the limit that the options exceed */
    void check(ConnectionOptions options) {
        int most = attributes.maxWorkRequests();
        long sends = (long) options.sendDepth() + ControlQueue.depth(windows(options));
        if (options.maxSge() > attributes.maxSge() || sends > most || options.receiveDepth() > most) {
            throw new RdmaException("device " + name + " cannot do " + options + ", for which it needs " + sends
                    + " send requests: its limits are maxSge " + attributes.maxSge() + " and queues of " + most);
        }
        if (sends + options.receiveDepth() > attributes.maxCompletionQueueEntries()) {
            throw new RdmaException("device " + name + " cannot do " + options + ": its completion queues hold "
                    + attributes.maxCompletionQueueEntries());
        }
    }

    /** How long a Send may be to go inline. siw ends the connection of a Send with Invalidate that does (siw_activate_tx_from_sq of Linux): none there. */
    int maxInlineBytes() {
        return isSiw() ? 0 : poller.settings().maxInlineBytes();
    }

    private boolean isSiw() {
        return attributes.vendorId() == SIW_VENDOR;
    }

    /** A queue pair that takes data inline, as much as the settings say, or none where the device cannot do that. */
    QueuePair createQueuePair(
            CmId id, NativeDomain domain, CompletionQueue completions, ConnectionOptions options, int controls) {
        int inline = maxInlineBytes();
        if (inline > 0) {
            try {
                return createQueuePair(id, domain, completions, options, controls, inline);
            } catch (VerbsException e) { // the limit is no attribute of a device: it shows in a refusal only
                LOG.debug("{}: device {} takes no {} bytes inline: {}", poller.name(), name, inline, e.getMessage());
            }
        }
        return createQueuePair(id, domain, completions, options, controls, 0);
    }

    private static QueuePair createQueuePair(
            CmId id,
            NativeDomain domain,
            CompletionQueue completions,
            ConnectionOptions options,
            int controls,
            int inline) {
        return id.createQueuePair(
                domain.domain(),
                new QueuePairInitAttributes(QueuePairType.RC)
                        .completions(completions)
                        .capabilities(new QueuePairCapabilities(
                                options.sendDepth() + controls, options.receiveDepth(), options.maxSge(), 1, inline)));
    }

    // Completions.

    /** A completion queue with room for so many. */
    SharedCompletionQueue reserve(int entries) {
        for (SharedCompletionQueue queue : queues) {
            if (queue.reserve(entries)) {
                return queue;
            }
        }
        int depth = Math.min(
                Math.max(entries, poller.settings().completionQueueDepth()), attributes.maxCompletionQueueEntries());
        try {
            SharedCompletionQueue queue = new SharedCompletionQueue(CompletionQueue.create(context, depth, channel, 0));
            queues.add(queue);
            armed = false;
            if (!queue.reserve(entries)) {
                throw new RdmaException("device " + name + " made a completion queue of less than " + entries);
            }
            return queue;
        } catch (VerbsException e) {
            throw new RdmaException(
                    "no completion queue of " + depth + " entries to be had from device " + name + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** Delivers what has completed; one batch a queue, so that all have their turn. */
    int poll() {
        int work = 0;
        for (int i = 0; i < queues.size(); i++) {
            SharedCompletionQueue queue = queues.get(i);
            if (queue.fetch()) {
                work += poller.deliver(queue);
            }
        }
        return work;
    }

    /** Whether a completion is there to be delivered. */
    boolean hasCompletions() {
        for (int i = 0; i < queues.size(); i++) {
            if (queues.get(i).fetch()) {
                return true;
            }
        }
        return false;
    }

    /** Has the next completion of each queue announced. */
    void arm() {
        if (!armed) {
            armed = true;
            for (int i = 0; i < queues.size(); i++) {
                queues.get(i).arm();
            }
        }
    }

    /** Takes the events that were found; returns how many of them tell more than that there are completions. */
    int takeEvents(Readiness readiness) {
        if (readiness.isReady(channelNumber)) {
            armed = false;
            for (int i = 0; i < queues.size(); i++) { // an armed queue announces one
                CompletionQueue queue = channel.getEvent();
                if (queue == null) {
                    break;
                }
                if (queue.unacknowledgedEvents() >= 64) {
                    queue.acknowledgeEvents(queue.unacknowledgedEvents());
                }
            }
        }
        return readiness.isReady(asyncNumber) ? AsyncEvents.dispatch(context) : 0;
    }

    // What happens to the device, on the poller's thread.

    @Override
    public void onEvent(CmEvent event) {
        if (event instanceof CmEvent.DeviceRemoval && !removed) {
            removed = true;
            LOG.warn("{}: {}", poller.name(), removal());
            failAll(removal());
            letGoIfRemoved();
        }
    }

    private String removal() {
        return "device " + name + " was removed";
    }

    private void letGoIfRemoved() {
        if (removed && isUnused()) {
            // Not now: its completions may be in the middle of being delivered.
            poller.execute(() -> poller.letGo(this));
        }
    }

    void onEvent(AsyncEvent event) {
        switch (event) {
            case AsyncEvent.OfObject object -> {
                for (NativeConnection connection : connections()) {
                    QueuePair queuePair = connection.queuePairOrNull();
                    if (queuePair != null && object.concerns(queuePair)) {
                        connection.onDeviceEvent(event.type());
                    }
                }
            }
            case AsyncEvent.OfPort port -> onPort(port.port(), event.type());
            case AsyncEvent.OfDevice device -> {
                if (event.type() == AsyncEventType.DEVICE_FATAL) {
                    failAll("device " + name + " reports a fatal error");
                }
            }
        }
    }

    private void onPort(int port, AsyncEventType type) {
        Poller.Timer running = portDown;
        if (type == AsyncEventType.PORT_ERR && running == null) {
            LOG.warn("{}: port {} of {} is down", poller.name(), port, name);
            downPort = port;
            portDown = poller.scheduleMillis(
                    poller.settings().portDownMillis(),
                    () -> failAll("port " + port + " of " + name + " is down (verbs.portDownMillis)"));
        } else if (type == AsyncEventType.PORT_ACTIVE && running != null) {
            LOG.info("{}: port {} of {} is up again", poller.name(), port, name);
            running.cancel();
            portDown = null;
        }
    }

    /** Whether a port is known to be down. */
    boolean isPortDown() {
        return portDown != null;
    }

    /** What to add to the reason why a connection was lost. */
    String portNote() {
        return isPortDown() ? "; port " + downPort + " of " + name + " is down" : "";
    }

    private void failAll(String why) {
        for (NativeConnection connection : connections()) {
            connection.end(new DisconnectCause.TransportLost(why));
        }
    }

    private List<NativeConnection> connections() {
        List<NativeConnection> all = new ArrayList<>();
        for (NativeDomain domain : domains) {
            all.addAll(domain.connections());
        }
        return all;
    }

    @Override
    public void close() {
        AsyncEvents.unregister(this);
        Poller.Timer running = portDown;
        if (running != null) {
            running.cancel();
        }
        queues.forEach(SharedCompletionQueue::close);
        channel.close();
        anchor.close();
    }
}
