package io.ffmiser.verbs;

import java.net.Inet4Address;

/** The device that tests tagged {@code rxe} and {@code siw} run on: the one that the property {@code ffmiser.device} names, its first port. */
final class DeviceUnderTest {
    static final int PORT = 1;

    private DeviceUnderTest() {}

    static Context open() {
        String name = System.getProperty("ffmiser.device");
        if (name == null) {
            throw new IllegalStateException("name the device: -Dffmiser.device=rxe0");
        }
        return Verbs.open(name);
    }

    /** The place of the port's IPv4 GID; on soft RoCE the link-local one comes before it. */
    static int gidIndex(Context context) {
        return context.queryGidTable().stream()
                .filter(entry -> entry.port() == PORT && entry.gid().toInetAddress() instanceof Inet4Address)
                .mapToInt(GidEntry::index)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("port 1 of " + context + " has no IPv4 address"));
    }

    /** The way from the port to itself. */
    static AddressHandleAttributes self(Context context) {
        int index = gidIndex(context);
        return AddressHandleAttributes.byGid(PORT, GlobalRoute.to(context.queryGid(PORT, index), index));
    }
}
