package io.ffmiser.text;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/**
 * A host and a port as people and peers write them: {@code host}, {@code host:port}, {@code [IPv6]}, {@code [IPv6]:port}, and an IPv6
 * address alone without brackets. An IPv6 address may have a scope, as in {@code fe80::1%eth0}. Nothing is resolved before {@link
 * #address}.
 *
 * @param host a name or an address, without brackets
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {
    private static final int MAX_PORT = 65_535;
    private static final int MAX_DIGITS = 9;
    /** What names and addresses consist of, with the longest domain name. */
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._-]{1,255}");

    private static final Pattern SCOPE = Pattern.compile("[\\p{L}\\p{N}._-]{1,63}");

    /**
     * Reads one to connect to.
     *
     * @param defaultPort where none is written
     * @throws IllegalArgumentException if it has another form or the port is not 1 to 65535; the message says what is wrong, and the
     *     caller knows in what
     */
    public static HostPort parse(String text, int defaultPort) {
        return parse(text, defaultPort, 1);
    }

    /** As {@link #parse(String, int)}, where an IPv6 address has to stand in brackets, as in a URL (RFC 3986 section 3.2.2). */
    public static HostPort parseBracketed(String text, int defaultPort) {
        HostPort parsed = parse(text, defaultPort);
        if (parsed.isIpv6() && !text.startsWith("[")) {
            throw new IllegalArgumentException("an IPv6 address needs brackets: [" + text + "]");
        }
        return parsed;
    }

    /** As {@link #parse(String, int)}, for one to listen on: port 0 takes a free one. */
    public static HostPort parseListening(String text, int defaultPort) {
        return parse(text, defaultPort, 0);
    }

    private static HostPort parse(String text, int defaultPort, int lowestPort) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0) {
                throw new IllegalArgumentException("the bracket of the IPv6 address is not closed");
            }
            String host = text.substring(1, end);
            if (!isIpv6(host)) {
                throw new IllegalArgumentException("'" + host + "' in brackets is not an IPv6 address");
            }
            String after = text.substring(end + 1);
            if (after.isEmpty()) {
                return new HostPort(host, defaultPort);
            }
            if (!after.startsWith(":")) {
                throw new IllegalArgumentException("'" + after + "' after the bracket is no :port");
            }
            return new HostPort(host, port(after.substring(1), lowestPort));
        }
        int colon = text.indexOf(':');
        if (colon != text.lastIndexOf(':')) {
            if (!isIpv6(text)) {
                throw new IllegalArgumentException(
                        "it has several colons and is not an IPv6 address; with a port, that needs brackets");
            }
            return new HostPort(text, defaultPort);
        }
        return colon < 0
                ? new HostPort(name(text), defaultPort)
                : new HostPort(name(text.substring(0, colon)), port(text.substring(colon + 1), lowestPort));
    }

    private static String name(String host) {
        if (host.isEmpty()) {
            throw new IllegalArgumentException("the host is empty");
        }
        if (!NAME.matcher(host).matches()) {
            throw new IllegalArgumentException("'" + host + "' is not a name or address of a host");
        }
        return host;
    }

    private static int port(String digits, int lowest) {
        if (digits.isEmpty() || digits.length() > MAX_DIGITS || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new IllegalArgumentException("the port '" + digits + "' is not a number");
        }
        return port(Integer.parseInt(digits), lowest);
    }

    private static int port(int port, int lowest) {
        if (port < lowest || port > MAX_PORT) {
            throw new IllegalArgumentException("the port is " + lowest + " to " + MAX_PORT + ": " + port);
        }
        return port;
    }

    /**
     * A port to connect to, as it is.
     *
     * @throws IllegalArgumentException if it is not 1 to 65535
     */
    public static int requirePort(int port) {
        return port(port, 1);
    }

    /** By its form: whether its scope is an interface of this machine is the resolver's to say. */
    private static boolean isIpv6(String host) {
        int percent = host.indexOf('%');
        String scope = percent < 0 ? "none" : host.substring(percent + 1);
        if (!SCOPE.matcher(scope).matches()) {
            return false;
        }
        try {
            String address = percent < 0 ? host : host.substring(0, percent);
            return address.indexOf(':') >= 0 && Inet6Address.ofLiteral(address) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether the host is an IPv6 address, which stands in brackets before a port. */
    public boolean isIpv6() {
        return host.indexOf(':') >= 0;
    }

    /** The socket address; resolves a name, and is unresolved where nobody knows it. */
    public InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }

    /** Of a resolved address. */
    public static HostPort of(InetSocketAddress address) {
        return new HostPort(address.getAddress().getHostAddress(), address.getPort());
    }

    /** Without the port: an IPv6 address in brackets. */
    public String hostText() {
        return isIpv6() ? "[" + host + "]" : host;
    }

    /** Such as {@code 127.0.0.1:3260} or {@code [::1]:3260}. */
    @Override
    public String toString() {
        return hostText() + ":" + port;
    }
}
