package io.ffmiser.testkit.sim;

import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.DeviceCapabilities;
import io.ffmiser.rdma.ProtectionDomain;

final class SimDevice implements Device {
    private final SimPoller poller;
    private int domains;

    SimDevice(SimPoller poller) {
        this.poller = poller;
    }

    @Override
    public String name() {
        return "sim";
    }

    @Override
    public DeviceCapabilities capabilities() {
        return poller.fabric.options.capabilities();
    }

    @Override
    public ProtectionDomain allocateProtectionDomain() {
        return new SimDomain(poller, ++domains);
    }
}
