package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.gen.ibv_flow_action_esp_attr;
import io.ffmiser.verbs.internal.Constants;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link FlowAction} encrypts or decrypts IPsec ESP packets (struct ibv_flow_action_esp_attr, ibv_create_flow_action_esp(3)). To modify an
 * action, what is null or empty stays as it is.
 *
 * @param association the security association, or null
 * @param key its key, or null
 * @param replayWindowBits how far behind a packet may be before it counts as replayed, with full offload
 * @param extendedSequence the high 32 bits of the extended sequence number to begin with
 * @param encapsulation the headers around the ESP packet, from outside in, with full offload
 */
public record EspAttributes(
        @Nullable Association association,
        @Nullable AesGcmKey key,
        OptionalInt replayWindowBits,
        OptionalInt extendedSequence,
        List<FlowFilter> encapsulation) {

    // struct ib_uverbs_flow_action_esp and its like in rdma/ib_user_ioctl_verbs.h, which the kernel keeps as they are
    static final StructLayout ASSOCIATION = MemoryLayout.structLayout(
            ValueLayout.JAVA_INT.withName("spi"),
            ValueLayout.JAVA_INT.withName("seq"),
            ValueLayout.JAVA_INT.withName("tfc_pad"),
            ValueLayout.JAVA_INT.withName("flags"),
            ValueLayout.JAVA_LONG.withName("hard_limit_pkts"));
    static final StructLayout AES_GCM = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("iv"),
            ValueLayout.JAVA_INT.withName("iv_algo"),
            ValueLayout.JAVA_INT.withName("salt"),
            ValueLayout.JAVA_INT.withName("icv_len"),
            ValueLayout.JAVA_INT.withName("key_len"),
            MemoryLayout.sequenceLayout(8, ValueLayout.JAVA_INT).withName("aes_key"));
    static final StructLayout REPLAY_BITMAP = MemoryLayout.structLayout(ValueLayout.JAVA_INT.withName("size"));
    static final StructLayout ENCAPSULATION = MemoryLayout.structLayout(
            ValueLayout.ADDRESS.withName("val_ptr"),
            ValueLayout.ADDRESS.withName("next_ptr"),
            ValueLayout.JAVA_SHORT.withName("len"),
            ValueLayout.JAVA_SHORT.withName("type"),
            MemoryLayout.paddingLayout(4));

    /** Keeps a copy of the list. */
    public EspAttributes {
        encapsulation = List.copyOf(encapsulation);
    }

    /** An association and its key, and nothing else. */
    public EspAttributes(Association association, AesGcmKey key) {
        this(association, key, OptionalInt.empty(), OptionalInt.empty(), List.of());
    }

    /**
     * A security association.
     *
     * @param securityParametersIndex its SPI
     * @param sequence the first sequence number
     * @param trafficPadding bytes of traffic flow confidentiality padding
     * @param flags how the device works on it
     * @param maxPackets after which it ends; 0 without a limit
     */
    public record Association(
            int securityParametersIndex, int sequence, int trafficPadding, Set<EspFlag> flags, long maxPackets) {
        private MemorySegment allocate(Arena arena) {
            MemorySegment to = arena.allocate(ASSOCIATION);
            setInt(ASSOCIATION, to, "spi", securityParametersIndex);
            setInt(ASSOCIATION, to, "seq", sequence);
            setInt(ASSOCIATION, to, "tfc_pad", trafficPadding);
            setInt(ASSOCIATION, to, "flags", (int) Constants.bits(flags));
            to.set(ValueLayout.JAVA_LONG, offset(ASSOCIATION, "hard_limit_pkts"), maxPackets);
            return to;
        }
    }

    /**
     * An AES-GCM key (RFC 4106).
     *
     * @param initializationVector the first one; counted up for each packet
     * @param salt the part of the nonce that does not travel
     * @param integrityCheckBytes 8, 12 or 16
     * @param key 16, 24 or 32 bytes; read where the key is used, not copied before
     */
    public record AesGcmKey(long initializationVector, int salt, int integrityCheckBytes, MemorySegment key) {
        /** Refuses a key of another length. */
        public AesGcmKey {
            if (key.byteSize() != 16 && key.byteSize() != 24 && key.byteSize() != 32) {
                throw new IllegalArgumentException("an AES key has 16, 24 or 32 bytes, not " + key.byteSize());
            }
        }

        private MemorySegment allocate(Arena arena) {
            MemorySegment to = arena.allocate(AES_GCM);
            to.set(ValueLayout.JAVA_LONG, offset(AES_GCM, "iv"), initializationVector);
            setInt(AES_GCM, to, "iv_algo", LibIbverbs.IBV_FLOW_ACTION_IV_ALGO_SEQ());
            setInt(AES_GCM, to, "salt", salt);
            setInt(AES_GCM, to, "icv_len", integrityCheckBytes);
            setInt(AES_GCM, to, "key_len", (int) key.byteSize());
            MemorySegment.copy(key, 0, to, offset(AES_GCM, "aes_key"), key.byteSize());
            return to;
        }

        @Override
        public String toString() {
            return "AES-" + key.byteSize() * Byte.SIZE + "-GCM key";
        }
    }

    /** The C struct, with all that it points to. */
    MemorySegment allocate(Arena arena) {
        MemorySegment to = ibv_flow_action_esp_attr.allocate(arena);
        if (association != null) {
            ibv_flow_action_esp_attr.esp_attr(to, association.allocate(arena));
        }
        if (key != null) {
            ibv_flow_action_esp_attr.keymat_proto(to, LibIbverbs.IBV_FLOW_ACTION_ESP_KEYMAT_AES_GCM());
            ibv_flow_action_esp_attr.keymat_len(to, (short) AES_GCM.byteSize());
            ibv_flow_action_esp_attr.keymat_ptr(to, key.allocate(arena));
        }
        if (replayWindowBits.isPresent()) {
            MemorySegment bitmap = arena.allocate(REPLAY_BITMAP);
            setInt(REPLAY_BITMAP, bitmap, "size", replayWindowBits.getAsInt());
            ibv_flow_action_esp_attr.replay_proto(to, LibIbverbs.IBV_FLOW_ACTION_ESP_REPLAY_BMP());
            ibv_flow_action_esp_attr.replay_len(to, (short) REPLAY_BITMAP.byteSize());
            ibv_flow_action_esp_attr.replay_ptr(to, bitmap);
        }
        if (extendedSequence.isPresent()) {
            ibv_flow_action_esp_attr.comp_mask(to, LibIbverbs.IBV_FLOW_ACTION_ESP_MASK_ESN());
            ibv_flow_action_esp_attr.esn(to, extendedSequence.getAsInt());
        }
        ibv_flow_action_esp_attr.esp_encap(to, allocateEncapsulation(arena));
        return to;
    }

    private MemorySegment allocateEncapsulation(Arena arena) {
        MemorySegment next = MemorySegment.NULL;
        for (FlowFilter filter : encapsulation.reversed()) {
            FlowFilter.Shape shape = filter.shape();
            MemorySegment value = arena.allocate(shape.filterSize(), Long.BYTES);
            filter.writeTo(value);
            MemorySegment link = arena.allocate(ENCAPSULATION);
            link.set(ValueLayout.ADDRESS, offset(ENCAPSULATION, "val_ptr"), value);
            link.set(ValueLayout.ADDRESS, offset(ENCAPSULATION, "next_ptr"), next);
            link.set(ValueLayout.JAVA_SHORT, offset(ENCAPSULATION, "len"), (short) shape.filterSize());
            link.set(ValueLayout.JAVA_SHORT, offset(ENCAPSULATION, "type"), (short) shape.type());
            next = link;
        }
        return next;
    }

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    private static void setInt(StructLayout layout, MemorySegment to, String field, int value) {
        to.set(ValueLayout.JAVA_INT, offset(layout, field), value);
    }
}
