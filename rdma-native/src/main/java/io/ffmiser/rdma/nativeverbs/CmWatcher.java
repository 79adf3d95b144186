package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdmacm.CmEvent;

/** Hears the events of one id, from its poller. */
interface CmWatcher {
    void onEvent(CmEvent event);
}
