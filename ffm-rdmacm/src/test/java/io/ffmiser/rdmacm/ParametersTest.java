package io.ffmiser.rdmacm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What needs no device: numbers against the C constants, and what is refused before C sees it. */
class ParametersTest {
    @Test
    void shouldBeTheNumbersOfC_whenPortSpacesAreNamed() {
        assertEquals(LibRdmacm.RDMA_PS_TCP(), PortSpace.TCP.number());
        assertEquals(LibRdmacm.RDMA_PS_UDP(), PortSpace.UDP.number());
        assertEquals(LibRdmacm.RDMA_PS_IB(), PortSpace.IB.number());
        assertEquals(LibRdmacm.RDMA_PS_IPOIB(), PortSpace.IPOIB.number());
        assertEquals(LibRdmacm.RDMA_MAX_RESP_RES(), ConnectionParameters.DEVICE_LIMIT);
        assertEquals(LibRdmacm.RDMA_MAX_INIT_DEPTH(), ConnectionParameters.DEVICE_LIMIT);
    }

    @Test
    void shouldBeTheNumbersOfC_whenEventsAreNamed() {
        for (CmEventType type : EnumSet.range(CmEventType.ADDR_RESOLVED, CmEventType.TIMEWAIT_EXIT)) {
            assertEquals("RDMA_CM_EVENT_" + type.name(), type.description());
        }
        CmEventType[] types = CmEventType.values();
        assertEquals(CmEventType.ADDRINFO_RESOLVED, types[LibRdmacm.RDMA_CM_EVENT_ADDRINFO_RESOLVED()]);
        assertEquals(CmEventType.INTERNAL, types[LibRdmacm.RDMA_CM_EVENT_INTERNAL()]);
        assertEquals("UNKNOWN EVENT", CmEventType.UNKNOWN.description());
    }

    @Test
    void shouldBeInOrderAndDistinct_whenRejectReasonsAreNumbered() {
        List<RejectReason> reasons = List.of(RejectReason.values());
        assertEquals(
                reasons.size(),
                reasons.stream().map(RejectReason::number).distinct().count());
        assertEquals(RejectReason.INVALID_SERVICE_ID, RejectReason.of(8));
        assertEquals(RejectReason.VENDOR_OPTION_NOT_SUPPORTED, RejectReason.of(35));
        assertNull(RejectReason.of(34));
        assertNull(RejectReason.of(-111));
    }

    @Test
    void shouldRefuse_whenPrivateDataIsTooLong() {
        assertThrows(IllegalArgumentException.class, () -> ConnectionParameters.DEFAULT.withPrivateData(new byte[256]));
    }

    @Test
    void shouldRefuse_whenANumberDoesNotFitItsField() {
        assertThrows(IllegalArgumentException.class, () -> ConnectionParameters.DEFAULT.withReads(256, 0));
        assertThrows(IllegalArgumentException.class, () -> ConnectionParameters.DEFAULT.withReads(0, -1));
        assertThrows(IllegalArgumentException.class, () -> ConnectionParameters.DEFAULT.withRetries(300, 0));
    }
}
