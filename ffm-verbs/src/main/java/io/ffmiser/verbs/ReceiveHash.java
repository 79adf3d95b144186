package io.ffmiser.verbs;

import java.util.Set;

/**
 * How arriving packets are spread over the work queues of a {@link ReceiveWorkQueueTable} (struct ibv_rx_hash_conf, ibv_create_qp_ex(3)).
 *
 * @param function the hash
 * @param key what it is keyed with, at most 255 bytes
 * @param fields what of a packet it is of
 */
public record ReceiveHash(RxHashFunction function, byte[] key, Set<RxHashField> fields) {
    /** Copies the key and the set. */
    public ReceiveHash {
        if (key.length > 255) {
            throw new IllegalArgumentException("a hash key of " + key.length + " bytes: at most 255 are possible");
        }
        key = key.clone();
        fields = Set.copyOf(fields);
    }

    @Override
    public byte[] key() {
        return key.clone();
    }
}
