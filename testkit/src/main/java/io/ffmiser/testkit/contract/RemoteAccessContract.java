package io.ffmiser.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.testkit.contract.ContractRig.Pair;
import io.ffmiser.testkit.contract.ContractRig.Plan;
import org.junit.jupiter.api.Test;

/** What a peer may not do: outside of an exposure nothing is touched and the connection ends, whatever else goes on. */
interface RemoteAccessContract extends RigUser {
    int BYTES = 4096;

    private void write(End from, int stag, long offset) {
        from.fill(0, BYTES, 1);
        from.connection()
                .sendBatch()
                .rdmaWrite(1, stag, offset, SendBatch.SIGNALED)
                .sge(from.region, 0, BYTES)
                .post();
    }

    private void read(End to, int stag, long offset) {
        to.clear(0, BYTES);
        to.connection()
                .sendBatch()
                .rdmaRead(1, stag, offset, SendBatch.SIGNALED)
                .sge(to.region, 0, BYTES)
                .post();
    }

    /**
     * The write was refused: nothing changed outside of the exposure, and both ends are down with the right causes. Of a message
     * that is checked segment by segment, as on iWARP, what lies inside may have been placed.
     */
    private void assertWriteRefused(Pair pair) {
        rig().untilDisconnected(pair);
        assertTrue(pair.server().isZero(0, BYTES), "the memory before the exposure is untouched");
        assertTrue(pair.server().isZero(3L * BYTES, BYTES), "the memory behind the exposure is untouched");
        rig().assertBlamesTheClient(pair);
    }

    private void assertReadRefused(Pair pair) {
        rig().untilDisconnected(pair);
        assertTrue(pair.client().isZero(0, BYTES), "nothing was read");
        assertNotEquals(WorkStatus.SUCCESS, pair.client().status(1));
        rig().assertBlamesTheClient(pair);
    }

    /** Where a peer may not reach to that has the exposure of {@link #middle}: a little behind it, or, if need be, behind its region. */
    private long tooFar(End server, Exposure exposure) {
        return rig().capabilities(server).exposureBounded()
                ? exposure.baseOffset() + BYTES + 1
                : exposure.baseOffset() + End.REGION_BYTES - 2L * BYTES + 1;
    }

    /** As {@link #tooFar}, before it. */
    private long tooNear(End server, Exposure exposure) {
        return exposure.baseOffset() - 1 - (rig().capabilities(server).exposureBounded() ? 0 : BYTES);
    }

    private Exposure middle(End server, int rights) {
        server.clear(0, 4L * BYTES);
        return server.expose(BYTES, 2L * BYTES, rights);
    }

    @Test
    default void shouldRefuseWrite_whenBeyondTheEnd() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE);
        write(pair.client(), exposure.stag(), tooFar(pair.server(), exposure));
        assertWriteRefused(pair);
    }

    @Test
    default void shouldRefuseWrite_whenBeforeTheStart() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE);
        write(pair.client(), exposure.stag(), tooNear(pair.server(), exposure));
        assertWriteRefused(pair);
    }

    @Test
    default void shouldRefuseWrite_whenOffsetWrapsAround() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE);
        write(pair.client(), exposure.stag(), -1);
        assertWriteRefused(pair);
    }

    @Test
    default void shouldRefuseWrite_whenFarAway() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE);
        write(pair.client(), exposure.stag(), exposure.baseOffset() + (1L << 62));
        assertWriteRefused(pair);
    }

    @Test
    default void shouldRefuseWrite_whenOnlyReadingIsAllowed() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        write(pair.client(), exposure.stag(), exposure.baseOffset());
        assertWriteRefused(pair);
    }

    @Test
    default void shouldRefuseWrite_whenStagWasNeverGiven() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE);
        write(pair.client(), exposure.stag() ^ 0x40, exposure.baseOffset());
        assertWriteRefused(pair);
    }

    @Test
    default void shouldRefuseRead_whenOutsideTheRange() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        read(pair.client(), exposure.stag(), tooFar(pair.server(), exposure));
        assertReadRefused(pair);
    }

    @Test
    default void shouldRefuseRead_whenOnlyWritingIsAllowed() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE);
        read(pair.client(), exposure.stag(), exposure.baseOffset());
        rig().until("executed or refused", () -> pair.client().has(1));
        assumeTrue(
                rig().capabilities(pair.server()).exposureBounded(),
                "the device bounds its regions, not its exposures");
        assertReadRefused(pair);
    }

    @Test
    default void shouldRefuseRead_whenStagWasNeverGiven() {
        Pair pair = rig().pair();
        read(pair.client(), 0x5A5A5A5A, 0);
        assertReadRefused(pair);
    }

    @Test
    default void shouldAllowTheEdges_whenExactlyInside() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE);
        write(pair.client(), exposure.stag(), exposure.baseOffset() + BYTES);
        pair.server().receive(5, 500_000, 10);
        pair.client().connection().sendBatch().send(6, SendBatch.SIGNALED).post();
        rig().until("delivered", () -> pair.server().has(5));
        assertTrue(pair.server().holds(2L * BYTES, BYTES, 1));
    }

    @Test
    default void shouldRefuse_whenExposureWasWithdrawn() {
        Pair pair = rig().pair();
        assumeTrue(rig().canWithdraw(pair.server()), "the device does not close a withdrawn exposure");
        Exposure exposure = middle(pair.server(), Access.REMOTE_WRITE | Access.REMOTE_READ);
        if (!exposure.withdraw(77)) {
            rig().until("withdrawn", () -> pair.server().has(77));
        }
        write(pair.client(), exposure.stag(), exposure.baseOffset());
        assertWriteRefused(pair);
    }

    @Test
    default void shouldRefuse_whenPeerInvalidatedItItself() {
        Pair pair = rig().pair();
        assumeTrue(rig().canInvalidate(pair), "the device does not let a peer invalidate");
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        pair.server().receive(5, 500_000, 10);
        pair.client()
                .connection()
                .sendBatch()
                .sendWithInvalidate(6, exposure.stag(), SendBatch.SIGNALED)
                .post();
        read(pair.client(), exposure.stag(), exposure.baseOffset());
        assertReadRefused(pair);
    }

    @Test
    default void shouldRefuse_whenStagIsOfAnOlderExposing() {
        Pair pair = rig().pair();
        assumeTrue(rig().canWithdraw(pair.server()), "the device does not close a withdrawn exposure");
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        int old = exposure.stag();
        if (!exposure.withdraw(77)) {
            rig().until("withdrawn", () -> pair.server().has(77));
        }
        exposure.expose(pair.server().region, BYTES, BYTES, Access.REMOTE_READ);
        read(pair.client(), old, exposure.baseOffset());
        assertReadRefused(pair);
    }

    @Test
    default void shouldRefuse_whenStagIsOfAnotherConnection() {
        Pair other = rig().pair();
        Pair pair = rig().pair();
        Exposure exposure = middle(other.server(), Access.REMOTE_WRITE | Access.REMOTE_READ);
        pair.server().clear(0, 4L * BYTES);
        write(pair.client(), exposure.stag(), exposure.baseOffset());
        assertWriteRefused(pair);
        assertTrue(other.server().isZero(0, 4L * BYTES));
        assertFalse(other.server().isDisconnected(), "the connection that owns it lives");
        assertTrue(exposure.isExposed());
    }

    @Test
    default void shouldRefuse_whenStagIsOfAnotherConnectionOfTheSameDomain() {
        Pair owner = rig().pair();
        Plan plan = new Plan();
        End[] made = new End[1];
        rig().onRequest = request -> made[0] = rig().accept(request, rig().newEnd(owner.server().domain), plan);
        End client = rig().connect(plan);
        rig().until("established", () -> client.isEstablished() && made[0] != null && made[0].isEstablished());
        Exposure exposure = middle(owner.server(), Access.REMOTE_WRITE);
        write(client, exposure.stag(), exposure.baseOffset());
        Pair pair = new Pair(client, made[0]);
        if (!rig().capabilities(owner.server()).exposureBounded()) {
            rig().until("executed or refused", () -> client.has(1));
            assertTrue(owner.server().isZero(0, BYTES), "the memory before the exposure is untouched");
            assertTrue(owner.server().isZero(2L * BYTES, 2L * BYTES), "what was not written to is untouched");
        }
        assumeTrue(
                rig().capabilities(owner.server()).exposureBounded(),
                "an STag of the device is its domain's, not its connection's");
        rig().untilDisconnected(pair);
        rig().assertBlamesTheClient(pair);
        assertTrue(owner.server().isZero(0, 4L * BYTES));
        assertFalse(owner.server().isDisconnected());
    }

    @Test
    default void shouldEndTheConnection_whenAnInvalidStagIsToBeInvalidated() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        pair.server().receive(5, 500_000, 10);
        // A device that tells its user of nothing that was invalidated may look at the index alone, as siw does
        // (siw_invalidate_stag).
        boolean tells = rig().capabilities(pair.server()).remoteInvalidate();
        pair.client()
                .connection()
                .sendBatch()
                .sendWithInvalidate(6, exposure.stag() ^ (tells ? 0x40 : -1), SendBatch.SIGNALED)
                .post();
        rig().untilDisconnected(pair);
        if (rig().capabilities(pair.server()).errorsAttributed()) {
            assertInstanceOf(DisconnectCause.LocalError.class, pair.server().cause());
        }
        // InfiniBand does not tell the sender why (IBA 9.9.3, class J): it may see the connection end, no more.
        assertFalse(pair.client().cause() instanceof DisconnectCause.LocalDisconnect);
        assertNotEquals(WorkStatus.SUCCESS, pair.server().status(5));
    }

    @Test
    default void shouldFailTheRead_whenThereIsNoReadDepth() {
        Plan plan = new Plan();
        plan.connect = new ConnectionParameters(new byte[0], 0, 0);
        plan.accept = new ConnectionParameters(new byte[0], 0, 0);
        Pair pair = rig().pair(plan);
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        read(pair.client(), exposure.stag(), exposure.baseOffset());
        rig().until("failed", () -> pair.client().has(1));
        assertEquals(WorkStatus.LOCAL_OPERATION_ERROR, pair.client().status(1));
        rig().untilDisconnected(pair);
        assertInstanceOf(DisconnectCause.LocalError.class, pair.client().cause());
    }

    @Test
    default void shouldFailTheRead_whenSinkMayNotBeWritten() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        MemoryRegion sink = pair.client().domain.allocate(100, 0);
        pair.client()
                .connection()
                .sendBatch()
                .rdmaRead(1, exposure.stag(), exposure.baseOffset(), SendBatch.SIGNALED)
                .sge(sink, 0, 100)
                .post();
        rig().until("failed", () -> pair.client().has(1));
        assertEquals(WorkStatus.LOCAL_PROTECTION_ERROR, pair.client().status(1));
        rig().untilDisconnected(pair);
        sink.close();
    }

    @Test
    default void shouldEndAllExposures_whenTheConnectionEnds() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ);
        pair.client().connection().disconnect();
        rig().untilDisconnected(pair);
        assertFalse(exposure.isExposed());
        MemoryRegion region = pair.server().region;
        pair.server().connection().close();
        region.close(); // nothing holds it
    }

    @Test
    default void shouldEndAllExposures_whenTheConnectionIsClosed() {
        Pair pair = rig().pair();
        Exposure exposure = middle(pair.server(), Access.REMOTE_READ | Access.REMOTE_WRITE);
        int stag = exposure.stag();
        long base = exposure.baseOffset();
        pair.server().closeConnection();
        assertFalse(exposure.isExposed());
        write(pair.client(), stag, base);
        rig().until("gone", () -> pair.client().isDisconnected());
        assertTrue(pair.server().isZero(0, 4L * BYTES));
    }
}
