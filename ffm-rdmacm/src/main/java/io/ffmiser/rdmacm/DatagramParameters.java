package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.ibv_ah_attr;
import io.ffmiser.rdmacm.gen.rdma_ud_param;
import io.ffmiser.verbs.AddressHandleAttributes;
import java.lang.foreign.MemorySegment;

/**
 * {@code struct rdma_ud_param}: how datagrams reach a peer or a multicast group (rdma_get_cm_event(3)). Make an address handle of
 * {@code way}, and send with the number and the key.
 *
 * @param way the way to the peer or group; in a connection request, to nobody yet
 * @param queuePairNumber the peer's; 0xFFFFFF of a group
 * @param queueKey what every datagram to the peer must carry
 */
public record DatagramParameters(byte[] privateData, AddressHandleAttributes way, int queuePairNumber, int queueKey)
        implements PeerParameters {
    static DatagramParameters read(MemorySegment from) {
        return read(
                from,
                ConnectionParameters.privateData(
                        rdma_ud_param.private_data(from), rdma_ud_param.private_data_len(from)));
    }

    /** Of a multicast group, whose private data is a number of ours. */
    static DatagramParameters readGroup(MemorySegment from) {
        return read(from, new byte[0]);
    }

    private static DatagramParameters read(MemorySegment from, byte[] privateData) {
        return new DatagramParameters(
                privateData,
                AddressHandleAttributes.readFrom(rdma_ud_param.ah_attr(from).asSlice(0, ibv_ah_attr.sizeof())),
                rdma_ud_param.qp_num(from),
                rdma_ud_param.qkey(from));
    }
}
