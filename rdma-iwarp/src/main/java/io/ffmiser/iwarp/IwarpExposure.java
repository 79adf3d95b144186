package io.ffmiser.iwarp;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;

/** An STag of its own, for the peer of one connection: a window in software. */
final class IwarpExposure extends StagEntry implements Exposure {
    private final StagTable table;

    IwarpExposure(IwarpConnection connection, StagTable table) {
        super(connection);
        this.table = table;
    }

    @Override
    public void expose(MemoryRegion of, long offset, long count, int newRights) {
        if (valid) {
            throw new IllegalStateException("the exposure is exposed already");
        }
        connection.checkExposable();
        IwarpRegion exposed = connection.own(of);
        exposed.checkRange(offset, count);
        int remote = Access.REMOTE_READ | Access.REMOTE_WRITE;
        if (count < 1 || newRights == 0 || (newRights & ~remote) != 0 || (newRights & ~exposed.rights()) != 0) {
            throw new IllegalArgumentException("cannot expose " + count + " bytes with rights " + newRights
                    + " of a region with rights " + exposed.rights());
        }
        enter(table, exposed, offset, count, newRights);
        connection.exposed(this);
    }

    @Override
    public boolean isExposed() {
        return valid;
    }

    @Override
    public int stag() {
        return stag;
    }

    @Override
    public long baseOffset() {
        return 0;
    }

    @Override
    public boolean withdraw(long workId) {
        if (valid) {
            connection.withdraw(this);
        }
        return true;
    }
}
