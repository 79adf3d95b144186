package io.ffmiser.examples;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The flags of rping, the same for the program on librdmacm and for the one on any provider. */
public final class PingFlags {
    /** The exit status when data came back as others. */
    public static final int DIFFERENT = 3;

    /** Which end this is. */
    static final class Role {
        @Option(names = "-s", required = true, description = "server: serves one client")
        private boolean server;

        @Option(names = "-c", required = true, description = "client")
        private boolean client;
    }

    @ArgGroup(multiplicity = "1")
    private Role role = new Role();

    @Option(names = "-a", paramLabel = "ADDRESS", description = "the server's address (server: default any)")
    private @Nullable String address;

    @Option(names = "-p", paramLabel = "PORT", description = "default ${DEFAULT-VALUE}")
    private int port = 7174;

    @Option(names = "-C", paramLabel = "COUNT", description = "how many pings; 0, the default, is for ever")
    private int count;

    @Option(names = "-S", paramLabel = "SIZE", description = "octets a ping, 32 to 65535; default ${DEFAULT-VALUE}")
    private int size = 64;

    @Option(names = "-V", description = "compare what comes back")
    private boolean validate;

    @Option(names = "-v", description = "show the data")
    private boolean verbose;

    /**
     * Looks whether they go together.
     *
     * @throws ParameterException if not
     */
    public void check(CommandLine line) {
        if (size < RpingData.MIN_BYTES || size > RpingData.MAX_BYTES) {
            throw new ParameterException(line, "-S is from 32 to 65535");
        }
        if (role.client && address == null) {
            throw new ParameterException(line, "-c needs the server's address: -a ADDRESS");
        }
    }

    /** Whether this end serves. */
    public boolean isServer() {
        return role.server;
    }

    /** The server's address; any, where none was given. */
    public InetSocketAddress address() {
        return address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
    }

    /** How many pings; 0 is for ever. */
    public int count() {
        return count;
    }

    /** Octets a ping. */
    public int size() {
        return size;
    }

    /** Whether what comes back is compared. */
    public boolean validates() {
        return validate;
    }

    /** Whether the data are shown. */
    public boolean isVerbose() {
        return verbose;
    }
}
