package io.ffmiser.iwarp;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells of sockets of {@link FakeSockets} that are ready, in any order, and of some only the next time. It never waits. */
final class FakeSelector extends AbstractSelector {
    private final FakeSockets sockets;
    private final Set<FakeKey> keys = new LinkedHashSet<>();
    private final Set<SelectionKey> selected = new LinkedHashSet<>();

    FakeSelector(FakeSockets sockets) {
        super(sockets);
        this.sockets = sockets;
    }

    private static final class FakeKey extends AbstractSelectionKey {
        private final FakeSelector selector;
        private final SelectableChannel channel;
        private int interestOps;
        private int readyOps;

        FakeKey(FakeSelector selector, SelectableChannel channel) {
            this.selector = selector;
            this.channel = channel;
        }

        @Override
        public SelectableChannel channel() {
            return channel;
        }

        @Override
        public Selector selector() {
            return selector;
        }

        @Override
        public int interestOps() {
            return interestOps;
        }

        @Override
        public SelectionKey interestOps(int newOps) {
            interestOps = newOps;
            return this;
        }

        @Override
        public int readyOps() {
            return readyOps;
        }
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, @Nullable Object attachment) {
        FakeKey key = new FakeKey(this, channel);
        key.interestOps = ops;
        key.attach(attachment);
        keys.add(key);
        return key;
    }

    @Override
    public Set<SelectionKey> keys() {
        return Collections.unmodifiableSet(new LinkedHashSet<SelectionKey>(keys));
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        return selected;
    }

    @Override
    public int selectNow() {
        forgetCancelled();
        List<FakeKey> ready = new ArrayList<>();
        for (FakeKey key : keys) {
            key.readyOps = key.isValid() ? key.interestOps & ((FakeSockets.Ready) key.channel).readyOps() : 0;
            if (key.readyOps != 0 && sockets.random.nextInt(4) != 0) {
                ready.add(key);
            }
        }
        for (int i = ready.size() - 1; i > 0; i--) {
            Collections.swap(ready, i, sockets.random.nextInt(i + 1));
        }
        selected.addAll(ready);
        return ready.size();
    }

    private void forgetCancelled() {
        Set<SelectionKey> cancelled = cancelledKeys();
        for (SelectionKey key : cancelled) {
            deregister((AbstractSelectionKey) key);
            selected.remove(key);
        }
        keys.removeIf(cancelled::contains);
        cancelled.clear();
    }

    @Override
    public int select(long timeout) {
        return selectNow();
    }

    @Override
    public int select() {
        return selectNow();
    }

    @Override
    public Selector wakeup() {
        return this;
    }

    @Override
    protected void implCloseSelector() {
        forgetCancelled();
    }
}
