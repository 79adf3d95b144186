package io.ffmiser.interop;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Port 1 of an RDMA device and the IPv4 address it has. The lab has two, on the two ends of one wire; on a machine with one device both are
 * the same.
 *
 * @param device as {@code ibv_devices} lists it
 * @param address of its network interface
 */
record RdmaPort(String device, String address) {
    private static final Path DEVICES = Path.of("/sys/class/infiniband");

    /** The port under test. */
    static RdmaPort local() {
        return new RdmaPort(property("ffmiser.device"), property("ffmiser.address"));
    }

    /** The other end. */
    static RdmaPort peer() {
        return new RdmaPort(property("ffmiser.peer.device"), property("ffmiser.peer.address"));
    }

    /** The entry of the GID table that is this address as RoCE version 2 has it: an IPv4-mapped IPv6 address (InfiniBand A17.4.5.2). */
    int roceGidIndex() throws IOException {
        Path port = DEVICES.resolve(device).resolve("ports/1");
        String wanted = mapped();
        for (int index = 0; Files.exists(port.resolve("gids/" + index)); index++) {
            boolean same =
                    Files.readString(port.resolve("gids/" + index)).strip().equals(wanted);
            if (same && type(port, index).equals("RoCE v2")) {
                return index;
            }
        }
        throw new IOException(device + " has no RoCE v2 GID for " + address);
    }

    /** A counter of the device, or of its network interface where the device has none of that name. */
    long counter(String name) throws IOException {
        return Long.parseLong(Files.readString(
                        DEVICES.resolve(device).resolve("ports/1/hw_counters").resolve(name))
                .strip());
    }

    private static String type(Path port, int index) throws IOException {
        return Files.readString(port.resolve("gid_attrs/types/" + index)).strip();
    }

    private String mapped() throws IOException {
        byte[] octets = InetAddress.getByName(address).getAddress();
        if (octets.length != Inet4Address.getLoopbackAddress().getAddress().length) {
            throw new IOException(address + " is not an IPv4 address");
        }
        return "0000:0000:0000:0000:0000:ffff:%02x%02x:%02x%02x"
                .formatted(octets[0] & 0xff, octets[1] & 0xff, octets[2] & 0xff, octets[3] & 0xff);
    }

    private static String property(String name) {
        String value = System.getProperty(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException(
                    "-D" + name + " is not set: run this with `make lab` or `make hardware-test DEVICE=...`");
        }
        return value;
    }
}
