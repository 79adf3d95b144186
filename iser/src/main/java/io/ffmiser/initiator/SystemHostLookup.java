package io.ffmiser.initiator;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the system, on a thread of its own for each host, which ends with the answer. Nothing stops a resolver that hangs, so whoever asks for
 * that host meanwhile waits for the same answer. Thread-safe.
 */
final class SystemHostLookup implements HostLookup {
    private static final Logger LOG = LoggerFactory.getLogger(SystemHostLookup.class);

    /** Hosts asked for at a time, each of which has a thread. */
    static final int MAX_HOSTS = 64;

    /** Finds the addresses of a host, and may take its time. */
    interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    private final Resolver resolver;
    /** Who waits for each host; guarded by this. */
    private final Map<String, Set<Consumer<Answer>>> waiting = new HashMap<>();

    SystemHostLookup() {
        this(InetAddress::getAllByName);
    }

    SystemHostLookup(Resolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public Runnable lookUp(String host, Consumer<Answer> answer) {
        if (!join(host, answer)) {
            answer.accept(new Answer.Unknown(
                    "host '" + host + "' is not asked for: the addresses of " + MAX_HOSTS + " others are awaited"));
        }
        return () -> forget(host, answer);
    }

    private synchronized boolean join(String host, Consumer<Answer> answer) {
        Set<Consumer<Answer>> others = waiting.get(host);
        if (others != null) {
            others.add(answer);
            return true;
        }
        if (waiting.size() == MAX_HOSTS) {
            return false;
        }
        Thread asking = new Thread(() -> answered(host, ask(host)), "lookup " + host);
        asking.setDaemon(true);
        asking.start();
        Set<Consumer<Answer>> first = new LinkedHashSet<>();
        first.add(answer);
        waiting.put(host, first);
        return true;
    }

    private synchronized void forget(String host, Consumer<Answer> answer) {
        Set<Consumer<Answer>> asking = waiting.get(host);
        if (asking != null) {
            asking.remove(answer);
        }
    }

    private Answer ask(String host) {
        try {
            return new Answer.Found(List.of(resolver.addresses(host)));
        } catch (UnknownHostException | SecurityException e) {
            return new Answer.Unknown("host '" + host + "' is not known: " + e.getMessage());
        } catch (Throwable e) {
            return new Answer.Unknown("host '" + host + "' could not be asked for: " + e);
        }
    }

    private void answered(String host, Answer answer) {
        Set<Consumer<Answer>> asking;
        synchronized (this) {
            asking = waiting.remove(host);
        }
        if (asking == null) {
            return;
        }
        for (Consumer<Answer> one : asking) {
            try {
                one.accept(answer);
            } catch (Throwable e) {
                LOG.warn("the answer for host '{}' was not taken", host, e);
            }
        }
    }
}
