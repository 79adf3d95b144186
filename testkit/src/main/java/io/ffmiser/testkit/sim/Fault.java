package io.ffmiser.testkit.sim;

/** What a {@link FaultPlan} can make go wrong. */
public enum Fault {
    /** A delivery, or a poller's turn, comes much later than usual. */
    DELAY,
    /** A connection is lost, without order, at both ends at different times. */
    DISCONNECT,
    /** A connect request is refused. */
    CONNECT_REFUSED,
    /** An address cannot be resolved. */
    UNREACHABLE,
    /** Completions of a send queue come much later than the work was done. */
    COMPLETION_DELAYED,
    /** Completions of a queue do not come until the connection is lost, as flushed; it is lost some time later. */
    COMPLETION_DROPPED,
    /** Completions of a send queue are withheld until it is full, or for a long time. */
    QUEUE_FULL,
    /** Memory cannot be allocated or registered. */
    ALLOCATION_FAILED;

    /** Its column in tables. */
    @SuppressWarnings("EnumOrdinal") // within one run; never stored
    int column() {
        return ordinal();
    }
}
