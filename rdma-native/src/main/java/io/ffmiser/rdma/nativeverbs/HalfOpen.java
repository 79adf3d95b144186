package io.ffmiser.rdma.nativeverbs;

/** A route or a request of which no connection was made; the poller gives it up when it closes. */
interface HalfOpen extends CmWatcher {
    void abandon();
}
