package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.ExtendedDeviceAttributes.PacketPacing;
import io.ffmiser.verbs.ExtendedDeviceAttributes.TagMatching;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every field that a device of many gifts tells, which software devices leave at zero: against the C test library. */
class QueriesTest {
    private final Context context = Context.borrow(FakeVerbs.controlContext());

    @Test
    void shouldReadEveryField_whenTheDeviceTellsAll() {
        ExtendedDeviceAttributes all = context.queryDeviceExtended();

        assertEquals("1.2.3", all.attributes().firmwareVersion());
        assertEquals(77, all.attributes().maxQueuePairs());
        assertEquals("0011:2233:4455:6677", all.attributes().nodeGuid().toString());
        assertEquals(
                Set.of(OdpCapability.SUPPORT, OdpCapability.IMPLICIT),
                all.onDemandPaging().general());
        assertEquals(Set.of(OdpTransportCapability.READ), all.onDemandPaging().rc());
        assertEquals(Set.of(OdpTransportCapability.SEND), all.onDemandPaging().uc());
        assertEquals(Set.of(OdpTransportCapability.RECV), all.onDemandPaging().ud());
        assertEquals(-1, all.completionTimestampMask());
        assertEquals(156250, all.coreClockKhz());
        assertEquals(Set.of(DeviceCapability.XRC, DeviceCapability.RAW_SCATTER_FCS), all.capabilities());
        assertEquals(0xFFFFFFFFL, all.segmentation().maxBytes());
        assertEquals(Set.of(QueuePairType.RAW_PACKET), all.segmentation().queuePairTypes());
        assertEquals(Set.of(QueuePairType.UD), all.receiveSideScaling().queuePairTypes());
        assertEquals(4, all.receiveSideScaling().maxTables());
        assertEquals(5, all.receiveSideScaling().maxTableSize());
        assertEquals(
                Set.of(RxHashField.INNER, RxHashField.DST_IPV6),
                all.receiveSideScaling().fields());
        assertEquals(Set.of(RxHashFunction.TOEPLITZ), all.receiveSideScaling().functions());
        assertEquals(6, all.maxReceiveWorkQueues());
        assertEquals(new PacketPacing(7, 8, Flags.types(1 << QueuePairType.RC.value())), all.packetPacing());
        assertEquals(Set.of(RawPacketCapability.IP_CSUM), all.rawPacket());
        assertEquals(new TagMatching(9, 10, true, 11, 12), all.tagMatching());
        assertEquals(0xFFFF, all.completionModeration().maxCount());
        assertEquals(0xFFFE, all.completionModeration().maxPeriodMicros());
        assertEquals(4096, all.maxDeviceMemoryBytes());
        assertEquals(Set.of(PciAtomicSize.FOUR_BYTES), all.pciAtomics().fetchAndAdd());
        assertEquals(Set.of(PciAtomicSize.EIGHT_BYTES), all.pciAtomics().swap());
        assertEquals(Set.of(PciAtomicSize.SIXTEEN_BYTES), all.pciAtomics().compareAndSwap());
        assertEquals(Set.of(OdpTransportCapability.SRQ_RECV), all.xrcOnDemandPaging());
        assertEquals(300, all.ports());
        assertEquals(0, FakeVerbs.call("query_device_ex").argument(1));
    }

    @Test
    void shouldWidenWhatIsUnsigned_whenThePortIsQueried() {
        PortAttributes port = context.queryPort(9);

        assertEquals(PortState.ACTIVE, port.state());
        assertEquals(Mtu.BYTES_4096, port.maxMtu());
        assertEquals(Mtu.BYTES_1024, port.activeMtu());
        assertEquals(0x80000000L, port.maxMessageBytes());
        assertEquals(LinkLayer.INFINIBAND, port.linkLayer());
        assertEquals(0xFFFE, port.lid());
        assertTrue(port.requiresGrh());
        assertEquals(Set.of(PortCapability2.LINK_SPEED_NDR_SUP), port.capabilities2());
        assertEquals(9, FakeVerbs.call("query_port").argument(1));
    }

    @Test
    void shouldTellTheErrno_whenThePortCannotBeQueried() {
        FakeVerbs.failNext(Errno.EINVAL.number());
        assertEquals(Errno.EINVAL, DeviceTest.errnoOf(() -> context.queryPort(1)));
    }

    @Test
    void shouldCountTicks_whenTheClockIsRead() {
        assertEquals(3_000_000_017L, context.queryRawClock());
        assertEquals(1, FakeVerbs.call("query_rt_values").argument(1));
    }
}
