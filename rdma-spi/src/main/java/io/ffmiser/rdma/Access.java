package io.ffmiser.rdma;

/**
 * Rights on registered memory, as bits of an {@code int}, like {@code ibv_access_flags}. Local read is always allowed.
 */
public final class Access {
    /** Receives and Read responses may be placed here. */
    public static final int LOCAL_WRITE = 1;
    /** A peer may RDMA Write here; needs {@link #LOCAL_WRITE}. */
    public static final int REMOTE_WRITE = 1 << 1;
    /** A peer may RDMA Read from here. */
    public static final int REMOTE_READ = 1 << 2;

    /** All bits that have a meaning. */
    public static final int ALL = LOCAL_WRITE | REMOTE_WRITE | REMOTE_READ;

    private Access() {}

    /**
     * Checks a set of rights.
     *
     * @return the rights
     * @throws IllegalArgumentException for an unknown bit, or REMOTE_WRITE without LOCAL_WRITE
     */
    public static int check(int rights) {
        if ((rights & ~ALL) != 0) {
            throw new IllegalArgumentException("unknown access bits in 0x" + Integer.toHexString(rights));
        }
        if ((rights & REMOTE_WRITE) != 0 && (rights & LOCAL_WRITE) == 0) {
            throw new IllegalArgumentException("REMOTE_WRITE needs LOCAL_WRITE");
        }
        return rights;
    }
}
