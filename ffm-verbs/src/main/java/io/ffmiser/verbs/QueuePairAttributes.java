package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_qp_attr;
import io.ffmiser.verbs.internal.Constants;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.EnumSet;
import java.util.Set;

/**
 * A change of a queue pair, or what a query tells of one (struct ibv_qp_attr with its mask, ibv_modify_qp(3), ibv_query_qp(3)). Setting an attribute
 * includes it in the change; which ones belong to which change says {@link QueuePairTransition}. Not thread-safe.
 */
public final class QueuePairAttributes {
    private final MemorySegment struct = MemorySegment.ofArray(new long[(int) (ibv_qp_attr.sizeof() + 7) / 8]);
    private final EnumSet<QueuePairAttribute> given = EnumSet.noneOf(QueuePairAttribute.class);

    /** No change at all. */
    public QueuePairAttributes() {}

    /** A change to a state. */
    public static QueuePairAttributes to(QueuePairState state) {
        return new QueuePairAttributes().state(state);
    }

    /**
     * What librdmacm or a query filled in.
     *
     * @param ibvQpAttr a {@code struct ibv_qp_attr}, copied
     * @param mask which of its attributes count
     */
    public static QueuePairAttributes read(MemorySegment ibvQpAttr, int mask) {
        QueuePairAttributes attributes = new QueuePairAttributes();
        MemorySegment.copy(ibvQpAttr, 0, attributes.struct, 0, ibv_qp_attr.sizeof());
        attributes.given.addAll(Flags.of(QueuePairAttribute.class, Integer.toUnsignedLong(mask)));
        return attributes;
    }

    /** The change as a {@code struct ibv_qp_attr}, as long-lived as the allocator has it; {@link #mask} goes with it. */
    public MemorySegment write(SegmentAllocator allocator) {
        MemorySegment copy = allocator.allocate(ibv_qp_attr.layout());
        MemorySegment.copy(struct, 0, copy, 0, ibv_qp_attr.sizeof());
        return copy;
    }

    /** The bits of {@link #given}. */
    public int mask() {
        return (int) Constants.bits(given);
    }

    /** Which attributes are part of the change. */
    public Set<QueuePairAttribute> given() {
        return Set.copyOf(given);
    }

    private QueuePairAttributes with(QueuePairAttribute attribute) {
        given.add(attribute);
        return this;
    }

    /** The state to go to. */
    public QueuePairAttributes state(QueuePairState state) {
        ibv_qp_attr.qp_state(struct, (int) state.value());
        return with(QueuePairAttribute.STATE);
    }

    public QueuePairState state() {
        return Constants.find(QueuePairState.class, ibv_qp_attr.qp_state(struct), QueuePairState.UNKNOWN);
    }

    /** The state that the queue pair is to be taken for; the device may have moved on. */
    public QueuePairAttributes currentState(QueuePairState state) {
        ibv_qp_attr.cur_qp_state(struct, (int) state.value());
        return with(QueuePairAttribute.CUR_STATE);
    }

    public QueuePairState currentState() {
        return Constants.find(QueuePairState.class, ibv_qp_attr.cur_qp_state(struct), QueuePairState.UNKNOWN);
    }

    /** The largest payload of a packet on the path. */
    public QueuePairAttributes pathMtu(Mtu mtu) {
        ibv_qp_attr.path_mtu(struct, (int) mtu.value());
        return with(QueuePairAttribute.PATH_MTU);
    }

    public Mtu pathMtu() {
        return Constants.find(Mtu.class, ibv_qp_attr.path_mtu(struct), Mtu.BYTES_256);
    }

    public QueuePairAttributes pathMigrationState(PathMigrationState state) {
        ibv_qp_attr.path_mig_state(struct, (int) state.value());
        return with(QueuePairAttribute.PATH_MIG_STATE);
    }

    public PathMigrationState pathMigrationState() {
        return Constants.find(
                PathMigrationState.class, ibv_qp_attr.path_mig_state(struct), PathMigrationState.MIGRATED);
    }

    /** What the peer may do; only the remote rights matter. */
    public QueuePairAttributes access(Set<AccessFlag> flags) {
        ibv_qp_attr.qp_access_flags(struct, (int) Constants.bits(flags));
        return with(QueuePairAttribute.ACCESS_FLAGS);
    }

    public Set<AccessFlag> access() {
        return Flags.of(AccessFlag.class, Integer.toUnsignedLong(ibv_qp_attr.qp_access_flags(struct)));
    }

    /** How much it holds: a resize, where the device can. */
    public QueuePairAttributes capabilities(QueuePairCapabilities capabilities) {
        capabilities.write(ibv_qp_attr.cap(struct));
        return with(QueuePairAttribute.CAP);
    }

    public QueuePairCapabilities capabilities() {
        return QueuePairCapabilities.read(ibv_qp_attr.cap(struct));
    }

    /** The way to the peer. */
    public QueuePairAttributes addressVector(AddressHandleAttributes path) {
        path.writeTo(ibv_qp_attr.ah_attr(struct));
        return with(QueuePairAttribute.AV);
    }

    public AddressHandleAttributes addressVector() {
        return AddressHandleAttributes.readFrom(ibv_qp_attr.ah_attr(struct));
    }

    /**
     * Another way to the peer, for when the first one breaks.
     *
     * @param pkeyIndex the place of its partition key
     * @param timeout as for {@link #timeout(int)}
     */
    public QueuePairAttributes alternatePath(AddressHandleAttributes path, int pkeyIndex, int port, int timeout) {
        path.writeTo(ibv_qp_attr.alt_ah_attr(struct));
        ibv_qp_attr.alt_pkey_index(struct, (short) range("pkeyIndex", pkeyIndex, 0xFFFF));
        ibv_qp_attr.alt_port_num(struct, (byte) Ranges.require("port", port, 1, 0xFF));
        ibv_qp_attr.alt_timeout(struct, (byte) range("timeout", timeout, 31));
        return with(QueuePairAttribute.ALT_PATH);
    }

    public AddressHandleAttributes alternatePath() {
        return AddressHandleAttributes.readFrom(ibv_qp_attr.alt_ah_attr(struct));
    }

    public int alternatePkeyIndex() {
        return Short.toUnsignedInt(ibv_qp_attr.alt_pkey_index(struct));
    }

    public int alternatePort() {
        return Byte.toUnsignedInt(ibv_qp_attr.alt_port_num(struct));
    }

    public int alternateTimeout() {
        return Byte.toUnsignedInt(ibv_qp_attr.alt_timeout(struct));
    }

    /** Whether an async event says when the send queue is drained. */
    public QueuePairAttributes notifyWhenDrained(boolean notify) {
        ibv_qp_attr.en_sqd_async_notify(struct, (byte) (notify ? 1 : 0));
        return with(QueuePairAttribute.EN_SQD_ASYNC_NOTIFY);
    }

    /** Whether the send queue still drains; of a query. */
    public boolean isDraining() {
        return ibv_qp_attr.sq_draining(struct) != 0;
    }

    /** The key that datagrams must carry. */
    public QueuePairAttributes queueKey(int value) {
        ibv_qp_attr.qkey(struct, value);
        return with(QueuePairAttribute.QKEY);
    }

    /** See {@link #queueKey(int)}. */
    public int queueKey() {
        return ibv_qp_attr.qkey(struct);
    }

    /** The first packet number that is expected, 24 bits. */
    public QueuePairAttributes receivePacketNumber(int value) {
        ibv_qp_attr.rq_psn(struct, range("receivePacketNumber", value, Ranges.BITS_24));
        return with(QueuePairAttribute.RQ_PSN);
    }

    /** See {@link #receivePacketNumber(int)}. */
    public int receivePacketNumber() {
        return ibv_qp_attr.rq_psn(struct);
    }

    /** The first packet number that is sent, 24 bits. */
    public QueuePairAttributes sendPacketNumber(int value) {
        ibv_qp_attr.sq_psn(struct, range("sendPacketNumber", value, Ranges.BITS_24));
        return with(QueuePairAttribute.SQ_PSN);
    }

    /** See {@link #sendPacketNumber(int)}. */
    public int sendPacketNumber() {
        return ibv_qp_attr.sq_psn(struct);
    }

    /** The peer's queue pair number, 24 bits. */
    public QueuePairAttributes destinationQueuePair(int value) {
        ibv_qp_attr.dest_qp_num(struct, range("destinationQueuePair", value, Ranges.BITS_24));
        return with(QueuePairAttribute.DEST_QPN);
    }

    /** See {@link #destinationQueuePair(int)}. */
    public int destinationQueuePair() {
        return ibv_qp_attr.dest_qp_num(struct);
    }

    /** The place of the partition key in the port's table. */
    public QueuePairAttributes pkeyIndex(int value) {
        ibv_qp_attr.pkey_index(struct, (short) range("pkeyIndex", value, 0xFFFF));
        return with(QueuePairAttribute.PKEY_INDEX);
    }

    /** See {@link #pkeyIndex(int)}. */
    public int pkeyIndex() {
        return Short.toUnsignedInt(ibv_qp_attr.pkey_index(struct));
    }

    /** RDMA Reads and atomics that this side has outstanding at once. */
    public QueuePairAttributes maxReadsOutstanding(int value) {
        ibv_qp_attr.max_rd_atomic(struct, (byte) range("maxReadsOutstanding", value, 0xFF));
        return with(QueuePairAttribute.MAX_QP_RD_ATOMIC);
    }

    /** See {@link #maxReadsOutstanding(int)}. */
    public int maxReadsOutstanding() {
        return Byte.toUnsignedInt(ibv_qp_attr.max_rd_atomic(struct));
    }

    /** RDMA Reads and atomics of the peer that this side serves at once. */
    public QueuePairAttributes maxReadsServed(int value) {
        ibv_qp_attr.max_dest_rd_atomic(struct, (byte) range("maxReadsServed", value, 0xFF));
        return with(QueuePairAttribute.MAX_DEST_RD_ATOMIC);
    }

    /** See {@link #maxReadsServed(int)}. */
    public int maxReadsServed() {
        return Byte.toUnsignedInt(ibv_qp_attr.max_dest_rd_atomic(struct));
    }

    /** How long a peer waits that found no receive: the code of ibv_modify_qp(3), 0 to 31. */
    public QueuePairAttributes minimumRnrTimer(int value) {
        ibv_qp_attr.min_rnr_timer(struct, (byte) range("minimumRnrTimer", value, 31));
        return with(QueuePairAttribute.MIN_RNR_TIMER);
    }

    /** See {@link #minimumRnrTimer(int)}. */
    public int minimumRnrTimer() {
        return Byte.toUnsignedInt(ibv_qp_attr.min_rnr_timer(struct));
    }

    /** The device's port, from 1. */
    public QueuePairAttributes port(int value) {
        ibv_qp_attr.port_num(struct, (byte) Ranges.require("port", value, 1, 0xFF));
        return with(QueuePairAttribute.PORT);
    }

    /** See {@link #port(int)}. */
    public int port() {
        return Byte.toUnsignedInt(ibv_qp_attr.port_num(struct));
    }

    /** How long an acknowledgement may take: 4.096 microseconds times 2 to this power, 0 to 31; 0 is for ever. */
    public QueuePairAttributes timeout(int value) {
        ibv_qp_attr.timeout(struct, (byte) range("timeout", value, 31));
        return with(QueuePairAttribute.TIMEOUT);
    }

    /** See {@link #timeout(int)}. */
    public int timeout() {
        return Byte.toUnsignedInt(ibv_qp_attr.timeout(struct));
    }

    /** How often a request is sent again that is not answered, 0 to 7. */
    public QueuePairAttributes retryCount(int value) {
        ibv_qp_attr.retry_cnt(struct, (byte) range("retryCount", value, 7));
        return with(QueuePairAttribute.RETRY_CNT);
    }

    /** See {@link #retryCount(int)}. */
    public int retryCount() {
        return Byte.toUnsignedInt(ibv_qp_attr.retry_cnt(struct));
    }

    /** How often a request is sent again that found no receive, 0 to 7; 7 is for ever. */
    public QueuePairAttributes rnrRetryCount(int value) {
        ibv_qp_attr.rnr_retry(struct, (byte) range("rnrRetryCount", value, 7));
        return with(QueuePairAttribute.RNR_RETRY);
    }

    /** See {@link #rnrRetryCount(int)}. */
    public int rnrRetryCount() {
        return Byte.toUnsignedInt(ibv_qp_attr.rnr_retry(struct));
    }

    /** Kilobits a second; 0 is no limit (raw packets). */
    public QueuePairAttributes rateLimit(int value) {
        ibv_qp_attr.rate_limit(struct, range("rateLimit", value, Integer.MAX_VALUE));
        return with(QueuePairAttribute.RATE_LIMIT);
    }

    /** See {@link #rateLimit(int)}. */
    public int rateLimit() {
        return ibv_qp_attr.rate_limit(struct);
    }

    private static int range(String what, int value, int last) {
        return Ranges.require(what, value, 0, last);
    }

    @Override
    public String toString() {
        return "QP attributes " + given;
    }
}
