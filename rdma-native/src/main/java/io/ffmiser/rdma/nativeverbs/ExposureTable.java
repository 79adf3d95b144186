package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.RdmaException;
import io.ffmiser.verbs.MemoryWindow;
import io.ffmiser.verbs.MemoryWindowType;
import io.ffmiser.verbs.QueuePair;
import io.ffmiser.verbs.VerbsException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The exposures of a connection, the windows that they have, and the binds that wait for the connection to be up. */
final class ExposureTable {
    private final NativeConnection connection;
    private final WindowTable windows;
    private final @Nullable NativeExposure[] exposures;
    private final Set<NativeExposure> deferredBinds = new LinkedHashSet<>();
    private int count;

    ExposureTable(NativeConnection connection, int capacity) {
        this.connection = connection;
        windows = new WindowTable(capacity);
        exposures = new @Nullable NativeExposure[capacity];
    }

    NativeExposure add() {
        if (count == exposures.length) {
            throw new IllegalStateException("the connection has its " + exposures.length + " exposures already");
        }
        NativeExposure exposure = new NativeExposure(connection, this);
        exposures[count++] = exposure;
        return exposure;
    }

    /** The exposure that has the window of that key; null where there is none. */
    @Nullable
    NativeExposure find(int rkey) {
        return windows.find(rkey);
    }

    /** A window for an exposure that has none. */
    MemoryWindow allocateWindow(NativeExposure exposure) {
        NativeDomain domain = connection.domain();
        try {
            MemoryWindow window = MemoryWindow.allocate(domain.domain(), MemoryWindowType.TYPE_2);
            windows.put(window.rkey(), exposure);
            return window;
        } catch (VerbsException e) {
            throw new RdmaException(
                    "no memory window to be had from device " + domain.device().name() + ": " + e.getMessage(), e);
        }
    }

    /** Binds the window of an exposure as soon as the connection is up. */
    void deferBind(NativeExposure exposure) {
        deferredBinds.add(exposure);
    }

    /** Whether that bind was still to come; it does not come any more. */
    boolean forgetBind(NativeExposure exposure) {
        return deferredBinds.remove(exposure);
    }

    void bindDeferred(ControlQueue controls, QueuePair queuePair, int sendsBefore) {
        for (NativeExposure exposure : deferredBinds) {
            exposure.bind(controls, queuePair, sendsBefore);
        }
        deferredBinds.clear();
    }

    /** Ends all of them; the connection has ended. */
    void end() {
        for (int i = 0; i < count; i++) {
            NativeExposure exposure = exposures[i];
            if (exposure != null) {
                exposure.ended();
            }
        }
        deferredBinds.clear();
        windows.clear();
    }
}
