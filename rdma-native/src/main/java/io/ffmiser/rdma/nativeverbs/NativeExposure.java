package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.nativeverbs.NativeSettings.ExposureKind;
import io.ffmiser.verbs.AccessFlag;
import io.ffmiser.verbs.MemoryWindow;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A type 2 memory window, a registration for the time of the exposure, or the region's own key: {@link ExposureKind}. A window is
 * made at the first exposing and bound anew for each.
 */
final class NativeExposure implements Exposure {
    private static final Set<AccessFlag> READ = EnumSet.of(AccessFlag.REMOTE_READ);
    private static final Set<AccessFlag> WRITE = EnumSet.of(AccessFlag.REMOTE_WRITE);
    private static final Set<AccessFlag> READ_WRITE = EnumSet.of(AccessFlag.REMOTE_READ, AccessFlag.REMOTE_WRITE);

    private enum State {
        WITHDRAWN,
        EXPOSED,
        /** The invalidation is under way. */
        WITHDRAWING
    }

    private final NativeConnection connection;
    private final ExposureTable table;
    private State state = State.WITHDRAWN;
    private ExposureKind kind = ExposureKind.AUTO;
    private @Nullable MemoryWindow window;
    private io.ffmiser.verbs.@Nullable MemoryRegion registration;
    private @Nullable NativeRegion region;
    private long offset;
    private long length;
    private int rights;
    private int windowKey;
    private int stag;
    private long base;

    NativeExposure(NativeConnection connection, ExposureTable table) {
        this.connection = connection;
        this.table = table;
    }

    @Override
    public void expose(MemoryRegion of, long newOffset, long newLength, int newRights) {
        if (state != State.WITHDRAWN) {
            throw new IllegalStateException(
                    state == State.EXPOSED ? "the exposure is exposed already" : "the exposure is being withdrawn");
        }
        if (connection.isClosed()) {
            throw new IllegalStateException("the connection is closed");
        }
        NativeRegion exposed = connection.own(of);
        exposed.checkRange(newOffset, newLength);
        int remote = Access.REMOTE_READ | Access.REMOTE_WRITE;
        if (newLength < 1 || newRights == 0 || (newRights & ~remote) != 0 || (newRights & ~exposed.rights()) != 0) {
            throw new IllegalArgumentException("cannot expose " + newLength + " bytes with rights " + newRights
                    + " of a region with rights " + exposed.rights());
        }
        if (connection.hasEnded()) {
            return; // ends at once
        }
        offset = newOffset;
        length = newLength;
        rights = newRights;
        base = exposed.address() + newOffset;
        ExposureKind wanted = connection.domain().device().exposure();
        kind = wanted == ExposureKind.WINDOW && !exposed.takesWindows() ? ExposureKind.REGISTRATION : wanted;
        switch (kind) {
            case WINDOW -> {
                MemoryWindow bound = window();
                windowKey = MemoryWindow.incrementKey(windowKey);
                stag = windowKey;
                window = bound;
                region = exposed;
                connection.bind(this);
            }
            case REGISTRATION -> {
                io.ffmiser.verbs.MemoryRegion part =
                        connection.domain().registerPart(exposed, newOffset, newLength, newRights);
                registration = part;
                stag = part.rkey();
            }
            default -> stag = exposed.registration().rkey();
        }
        region = exposed;
        exposed.use();
        state = State.EXPOSED;
    }

    private MemoryWindow window() {
        MemoryWindow made = window;
        if (made == null) {
            made = table.allocateWindow(this);
            windowKey = made.rkey();
            window = made;
        }
        return made;
    }

    /** Binds the window, now that the connection can. */
    void bind(ControlQueue controls, io.ffmiser.verbs.QueuePair queuePair, int sendsBefore) {
        NativeRegion exposed = region;
        MemoryWindow bound = window;
        if (exposed != null && bound != null) {
            controls.bind(queuePair, sendsBefore, bound, stag, exposed, offset, length, flags(rights));
        }
    }

    private static Set<AccessFlag> flags(int rights) {
        return (rights & Access.REMOTE_READ) == 0 ? WRITE : (rights & Access.REMOTE_WRITE) == 0 ? READ : READ_WRITE;
    }

    @Override
    public boolean isExposed() {
        return state != State.WITHDRAWN;
    }

    @Override
    public int stag() {
        return stag;
    }

    @Override
    public long baseOffset() {
        return base;
    }

    @Override
    public boolean withdraw(long workId) {
        if (state == State.WITHDRAWN) {
            return true;
        }
        if (state == State.WITHDRAWING) {
            throw new IllegalStateException("the exposure is being withdrawn already");
        }
        if (table.forgetBind(this)) { // the window was not bound, and is good for the next time
            state = State.WITHDRAWN;
            release();
            return true;
        }
        if (kind == ExposureKind.WINDOW && connection.invalidate(this, stag, workId)) {
            state = State.WITHDRAWING;
            return false;
        }
        ended();
        return true;
    }

    /** The invalidation has completed. */
    void invalidated() {
        state = State.WITHDRAWN;
        release();
    }

    /**
     * The peer's Send with Invalidate named that STag.
     *
     * @return whether it was the one that is exposed
     */
    boolean invalidatedByPeer(int key) {
        if (key != stag || state == State.WITHDRAWN) {
            return false;
        }
        if (state == State.EXPOSED) {
            invalidated();
        }
        return true;
    }

    /**
     * Ends it without the send queue: the peer cannot reach the memory when this returns, unless it has the region's own key. The next exposing
     * needs another window.
     */
    void ended() {
        MemoryWindow bound = window;
        window = null;
        if (bound != null) {
            bound.close();
        }
        io.ffmiser.verbs.MemoryRegion part = registration;
        registration = null;
        if (part != null) {
            part.close();
        }
        state = State.WITHDRAWN;
        release();
    }

    private void release() {
        NativeRegion exposed = region;
        region = null;
        if (exposed != null) {
            exposed.release();
        }
    }
}
