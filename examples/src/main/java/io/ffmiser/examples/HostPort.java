package io.ffmiser.examples;

import io.ffmiser.target.TargetOptions;
import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An address as written on a command line: {@code host}, {@code host:port}, {@code [v6]:port}; the port is 3260 if left out. */
final class HostPort {
    private HostPort() {}

    /**
     * Parses and resolves it.
     *
     * @throws IllegalArgumentException with a message that says what is wrong
     */
    static InetSocketAddress parse(String text) {
        String host = text;
        int port = TargetOptions.DEFAULT_PORT;
        int colon = text.lastIndexOf(':');
        boolean bareIpv6 = !text.startsWith("[") && text.indexOf(':') != colon;
        if (colon >= 0 && !bareIpv6 && !text.endsWith("]")) {
            host = text.substring(0, colon);
            try {
                port = Integer.parseInt(text.substring(colon + 1));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "'" + text.substring(colon + 1) + "' in '" + text + "' is not a port", e);
            }
            if (port < 0 || port > 65535) {
                throw new IllegalArgumentException("port " + port + " in '" + text + "' is not within 0 and 65535");
            }
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty()) {
            throw new IllegalArgumentException("no host in '" + text + "'");
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("host '" + host + "' is not known");
        }
        return address;
    }

    /** Such as {@code 127.0.0.1:3260}, {@code [::1]:3260}. */
    static String format(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<InetSocketAddress> {
        @Override
        public InetSocketAddress convert(String value) {
            try {
                return parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
