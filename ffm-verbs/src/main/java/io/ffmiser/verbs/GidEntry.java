package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_gid_entry;
import io.ffmiser.verbs.internal.Constants;
import java.lang.foreign.MemorySegment;

/**
 * An entry of a port's GID table that is in use (struct ibv_gid_entry, ibv_query_gid_ex(3)).
 *
 * @param gid the GID
 * @param index its place in the table, which address vectors name it by
 * @param port the port, from 1
 * @param type what packets from it look like
 * @param networkInterface the index of its network interface, 0 without one
 */
public record GidEntry(Gid gid, int index, int port, GidType type, int networkInterface) {
    static GidEntry readFrom(MemorySegment from) {
        return new GidEntry(
                Gid.read(ibv_gid_entry.gid(from)),
                ibv_gid_entry.gid_index(from),
                ibv_gid_entry.port_num(from),
                Constants.find(GidType.class, ibv_gid_entry.gid_type(from), GidType.UNKNOWN),
                ibv_gid_entry.ndev_ifindex(from));
    }
}
