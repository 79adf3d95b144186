package io.ffmiser.datamover.iser;

/** Work identifiers of this package: what kind of work, and its index in the table of that kind. A completion needs no look-up. */
final class WorkId {
    static final int LOGIN_RECEIVE = 1;
    static final int LOGIN_SEND = 2;
    /** Index: a place of {@link ReceiveBuffers}. */
    static final int RECEIVE = 3;
    /** Index: a place of {@link SendBuffers}. */
    static final int CONTROL = 4;
    /** Index: an entry of {@link DataOperations}. */
    static final int PUT = 5;
    /** A Put_Data whose completion nobody waits for. */
    static final int PUT_UNSIGNALED = 6;
    /** Index: an entry of {@link DataOperations}. */
    static final int GET = 7;
    /** Index: an entry of {@link LocalMappings}. */
    static final int INVALIDATE = 8;

    private WorkId() {}

    static long of(int kind, int index) {
        return (long) kind << 32 | index;
    }

    static int kind(long workId) {
        return (int) (workId >>> 32);
    }

    static int index(long workId) {
        return (int) workId;
    }

    static String name(int kind) {
        return switch (kind) {
            case LOGIN_RECEIVE -> "login receive";
            case LOGIN_SEND -> "login Send";
            case RECEIVE -> "receive";
            case CONTROL -> "Send";
            case PUT, PUT_UNSIGNALED -> "RDMA Write";
            case GET -> "RDMA Read";
            case INVALIDATE -> "invalidation";
            default -> "unknown work";
        };
    }
}
