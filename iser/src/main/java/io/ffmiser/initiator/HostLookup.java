package io.ffmiser.initiator;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;

/** Finds the addresses of a host. Asking the system may block for long, so the answer comes from another thread. */
interface HostLookup {
    /** What is known of a host. */
    sealed interface Answer {
        /** One address or more, in the order to try them. */
        record Found(List<InetAddress> addresses) implements Answer {}

        /** None. */
        record Unknown(String why) implements Answer {}
    }

    /**
     * Asks; the answer comes once, during the call or later, on any thread.
     *
     * @return forgets the question: its answer need not come any more. Any thread, at any time
     */
    Runnable lookUp(String host, Consumer<Answer> answer);

    /** A portal: an address that is written as one is resolved, a name is left to the lookup, and nothing blocks. */
    static InetSocketAddress portal(String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.ofLiteral(host), port);
        } catch (IllegalArgumentException e) {
            return InetSocketAddress.createUnresolved(host, port);
        }
    }

    /** A portal for a log or message: {@code host:port}, with its address if it is known. */
    static String text(InetSocketAddress portal) {
        return portal.isUnresolved() ? portal.getHostString() + ":" + portal.getPort() : portal.toString();
    }
}
