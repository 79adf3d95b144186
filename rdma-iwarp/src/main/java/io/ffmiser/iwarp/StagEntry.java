package io.ffmiser.iwarp;

import org.jspecify.annotations.Nullable;

/**
 * What an STag names: a range of a region, for the peer of one connection. Reused: valid while it is in the {@link StagTable}.
 * Tagged offsets are zero-based, which tells the peer no addresses.
 */
class StagEntry {
    /** The only connection on which it is valid. */
    final IwarpConnection connection;

    @Nullable
    IwarpRegion region;

    /** Where the range starts in the region. */
    long start;

    long length;
    int rights;
    int stag;
    boolean valid;

    StagEntry(IwarpConnection connection) {
        this.connection = connection;
    }

    final void enter(StagTable table, IwarpRegion newRegion, long newStart, long newLength, int newRights) {
        region = newRegion;
        start = newStart;
        length = newLength;
        rights = newRights;
        newRegion.use();
        stag = table.add(this);
        valid = true;
    }

    final void invalidate(StagTable table) {
        if (valid) {
            valid = false;
            table.remove(stag);
            IwarpRegion old = region;
            region = null;
            if (old != null) {
                old.release();
            }
        }
    }

    final boolean covers(long offset, long count) {
        return offset >= 0 && count <= length && offset <= length - count;
    }
}
