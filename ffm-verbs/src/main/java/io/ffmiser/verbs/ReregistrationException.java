package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;

/** {@link MemoryRegion#reregister} failed, perhaps half way (enum ibv_rereg_mr_err_code, ibv_rereg_mr(3)). */
public final class ReregistrationException extends VerbsException {
    private static final long serialVersionUID = 1L;

    /** What is left; it has to be closed in any case. */
    public enum Remains {
        /** The region is as it was. */
        OLD,
        /** The region is as was asked for, but memory that left it stays without a copy in a forked child. */
        NEW,
        /** The region cannot be used. */
        NOTHING
    }

    private final Remains remains;

    ReregistrationException(int code, Errno errno, String object) {
        super("ibv_rereg_mr", errno, object, "what remains is " + remainsOf(code));
        this.remains = remainsOf(code);
    }

    static Remains remainsOf(int code) {
        if (code == LibIbverbs.IBV_REREG_MR_ERR_INPUT() || code == LibIbverbs.IBV_REREG_MR_ERR_DONT_FORK_NEW()) {
            return Remains.OLD;
        }
        return code == LibIbverbs.IBV_REREG_MR_ERR_DO_FORK_OLD() ? Remains.NEW : Remains.NOTHING;
    }

    public Remains remains() {
        return remains;
    }
}
