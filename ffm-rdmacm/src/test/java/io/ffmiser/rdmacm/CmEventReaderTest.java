package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdmacm.gen.ibv_ah_attr;
import io.ffmiser.rdmacm.gen.rdma_cm_event;
import io.ffmiser.rdmacm.gen.rdma_cm_id;
import io.ffmiser.rdmacm.gen.rdma_conn_param;
import io.ffmiser.rdmacm.gen.rdma_ud_param;
import io.ffmiser.verbs.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Events as C lays them out, read without a device. */
@SuppressWarnings("EnumOrdinal") // the order is that of C
class CmEventReaderTest {
    private final Arena arena = Arena.ofAuto();

    private CmId id(PortSpace space) {
        MemorySegment id = rdma_cm_id.allocate(arena).fill((byte) 0);
        rdma_cm_id.ps(id, space.number());
        return CmId.endpoint(id, false, null, null);
    }

    private MemorySegment event(CmEventType type, int status) {
        MemorySegment event = rdma_cm_event.allocate(arena).fill((byte) 0);
        rdma_cm_event.event(event, type.ordinal());
        rdma_cm_event.status(event, status);
        return event;
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"CONNECT_REQUEST", "MULTICAST_JOIN", "MULTICAST_ERROR", "UNKNOWN"})
    void shouldKeepTypeAndId_whenAnEventIsRead(CmEventType type) {
        CmId id = id(PortSpace.TCP);
        CmEvent event = CmEventReader.read(event(type, 0), id);
        assertEquals(type, event.type());
        assertSame(id, event.id());
    }

    @Test
    void shouldNameTheErrno_whenTheStatusIsNegative() {
        CmEvent event = CmEventReader.read(event(CmEventType.ADDR_ERROR, -110), id(PortSpace.TCP));
        assertEquals(Errno.ETIMEDOUT, event.errno());
        assertEquals(-110, event.status());
    }

    @Test
    void shouldNameTheReason_whenTheConsumerRejects() {
        MemorySegment event = event(CmEventType.REJECTED, 28);
        MemorySegment parameters = rdma_cm_event.param(event);
        rdma_conn_param.private_data(parameters, arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 2));
        rdma_conn_param.private_data_len(parameters, (byte) 2);
        CmEvent.Rejected rejected =
                assertInstanceOf(CmEvent.Rejected.class, CmEventReader.read(event, id(PortSpace.TCP)));
        assertEquals(RejectReason.CONSUMER_DEFINED, rejected.reason());
        assertNull(rejected.errno());
        assertArrayEquals(new byte[] {1, 2}, rejected.privateData());
    }

    @Test
    void shouldHaveNoReason_whenIwarpRejectsWithAnErrno() {
        CmEvent.Rejected rejected = assertInstanceOf(
                CmEvent.Rejected.class, CmEventReader.read(event(CmEventType.REJECTED, -111), id(PortSpace.TCP)));
        assertNull(rejected.reason());
        assertEquals("ECONNREFUSED", Objects.requireNonNull(rejected.errno()).name());
    }

    @Test
    void shouldCopyEveryField_whenConnectionParametersAreRead() {
        MemorySegment event = event(CmEventType.ESTABLISHED, 0);
        byte[] data = new byte[255];
        data[254] = 9;
        MemorySegment written = new ConnectionParameters(data, 200, 16, true, 5, 6, true, 0xabcdef).write(arena);
        rdma_cm_event.param(event).copyFrom(written);
        CmEvent.Established established =
                assertInstanceOf(CmEvent.Established.class, CmEventReader.read(event, id(PortSpace.TCP)));
        ConnectionParameters peer = assertInstanceOf(ConnectionParameters.class, established.peer());
        assertArrayEquals(data, peer.privateData());
        assertEquals(200, peer.responderResources());
        assertEquals(16, peer.initiatorDepth());
        assertTrue(peer.flowControl());
        assertEquals(5, peer.retryCount());
        assertEquals(6, peer.rnrRetryCount());
        assertTrue(peer.sharedReceiveQueue());
        assertEquals(0xabcdef, peer.queuePairNumber());
    }

    @Test
    void shouldReadTheWay_whenTheIdIsOfDatagrams() {
        MemorySegment event = event(CmEventType.ESTABLISHED, 0);
        MemorySegment parameters = rdma_cm_event.param(event);
        rdma_ud_param.qp_num(parameters, 77);
        rdma_ud_param.qkey(parameters, 0x01234567);
        ibv_ah_attr.port_num(rdma_ud_param.ah_attr(parameters), (byte) 1);
        CmEvent.Established established =
                assertInstanceOf(CmEvent.Established.class, CmEventReader.read(event, id(PortSpace.UDP)));
        DatagramParameters peer = assertInstanceOf(DatagramParameters.class, established.peer());
        assertEquals(77, peer.queuePairNumber());
        assertEquals(0x01234567, peer.queueKey());
        assertEquals(1, peer.way().port());
    }

    @Test
    void shouldSayWhichNumber_whenTheTypeIsUnknown() {
        for (int number : new int[] {20, 99, -1}) {
            MemorySegment event = event(CmEventType.ESTABLISHED, 7);
            rdma_cm_event.event(event, number);
            CmId id = id(PortSpace.TCP);
            assertEquals(new CmEvent.Other(id, CmEventType.UNKNOWN, number, 7), CmEventReader.read(event, id));
        }
    }

    @Test
    void shouldBringTheArgument_whenTheEventIsTheApplications() {
        MemorySegment event = event(CmEventType.USER, -3);
        rdma_cm_event.param.arg(rdma_cm_event.param(event), -1L << 40);
        CmId id = id(PortSpace.TCP);
        assertEquals(new CmEvent.User(id, -3, -1L << 40), CmEventReader.read(event, id));
    }
}
