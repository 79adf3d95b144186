package io.ffmiser.rdma;

import java.util.List;
import java.util.ServiceLoader;

/**
 * An implementation of RDMA, found with {@link ServiceLoader}: software iWARP in pure Java, or the devices that libibverbs
 * finds.
 *
 * <p>Implementations are stateless and thread-safe; all state is in the pollers.
 */
public interface RdmaProvider {
    /** The provider's short name, as used on a command line: {@code iwarp}, {@code verbs}. */
    String name();

    /** Whether pollers can be opened on this machine now, and if not, why and what to do. Never throws. */
    Availability availability();

    /**
     * Opens a poller, which the thread that first polls it owns.
     *
     * @throws RdmaException if the provider is not available here; the message is that of {@link #availability()}
     */
    Poller openPoller(PollerOptions options);

    /** All providers on the class path or module path, in the order of discovery. */
    static List<RdmaProvider> installed() {
        return ServiceLoader.load(RdmaProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /**
     * The installed provider of that name.
     *
     * @throws RdmaException if there is none; the message lists those installed, with the availability of each
     */
    static RdmaProvider named(String name) {
        List<RdmaProvider> installed = installed();
        for (RdmaProvider provider : installed) {
            if (provider.name().equals(name)) {
                return provider;
            }
        }
        StringBuilder found = new StringBuilder();
        for (RdmaProvider provider : installed) {
            found.append(found.isEmpty() ? "" : ", ").append(provider.name()).append(" (");
            found.append(provider.availability()).append(')');
        }
        throw new RdmaException("no RDMA provider named '" + name + "' on the class or module path; installed: "
                + (found.isEmpty() ? "none (add rdma-iwarp)" : found));
    }
}
