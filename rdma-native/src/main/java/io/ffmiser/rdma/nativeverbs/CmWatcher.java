package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdmacm.CmEvent;

/** Hears the events of one id, from its poller. */
interface CmWatcher {
    void onEvent(CmEvent event);

    /**
     * Something that nobody foresaw was thrown while it was served: what it watches ends, and only that. A listener and a device have
     * nothing to end, they go on.
     */
    default void broken(Throwable cause) {}
}
