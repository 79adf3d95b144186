package io.ffmiser.target;

import io.ffmiser.store.BlockStore;
import java.util.concurrent.Executor;

/** Opens the store of a logical unit, once, when the target starts; the target closes it, after a flush, when it ends. */
@FunctionalInterface
public interface StoreSource {
    /**
     * Opens the store.
     *
     * @param owner runs a task on the thread that owns the logical unit: what the store completes its operations through
     * @throws io.ffmiser.store.StoreException if it cannot be opened: the target does not start
     */
    BlockStore open(Executor owner);
}
