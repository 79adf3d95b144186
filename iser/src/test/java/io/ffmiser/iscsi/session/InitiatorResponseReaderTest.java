package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What of a SCSI Response is believed (RFC 7143 section 11.4). */
class InitiatorResponseReaderTest {
    private static final int AHS = 8;

    private final byte[] octets = new byte[Pdu.HEADER_LENGTH + AHS + 1024];
    private final ScsiResponsePdu pdu = new ScsiResponsePdu();
    private final InitiatorTask task = new InitiatorTask(ended -> {});
    private final InitiatorResponseReader reader = new InitiatorResponseReader();
    private int dataLength;

    InitiatorResponseReaderTest() {
        pdu.begin(MemorySegment.ofArray(octets), 0);
        task.prepare(0, 6);
        task.begin();
    }

    private final class Response implements InboundPdu {
        @Override
        public MemorySegment segment() {
            return MemorySegment.ofArray(octets);
        }

        @Override
        public long headerOffset() {
            return 0;
        }

        @Override
        public int ahsLength() {
            return AHS;
        }

        @Override
        public long dataOffset() {
            return Pdu.HEADER_LENGTH + AHS;
        }

        @Override
        public int dataLength() {
            return dataLength;
        }

        @Override
        public InboundPdu retain() {
            return this;
        }

        @Override
        public void release() {}
    }

    private void sense(int told, int sent) {
        int at = Pdu.HEADER_LENGTH + AHS;
        octets[at] = (byte) (told >>> 8);
        octets[at + 1] = (byte) told;
        for (int i = 0; i < sent; i++) {
            octets[at + 2 + i] = (byte) (i + 1);
        }
        dataLength = 2 + sent;
    }

    private void assertWrong(String what) {
        String wrong = reader.read(new Response(), task);
        assertTrue(wrong != null && wrong.contains(what), () -> String.valueOf(wrong));
    }

    @Test
    void shouldTakeStatusAndSense_whenBothCome() {
        pdu.setStatus(2);
        sense(18, 18);

        assertNull(reader.read(new Response(), task));
        assertEquals(2, task.status());
        assertEquals(0, task.response());
        assertEquals(18, task.senseLength());
        for (int i = 0; i < 18; i++) {
            assertEquals(i + 1, task.sense()[i]);
        }
    }

    @Test
    void shouldTakeNoMoreThanIsKept_whenSenseIsLong() {
        sense(300, 300);
        assertNull(reader.read(new Response(), task));
        assertEquals(InitiatorTask.MAX_SENSE_LENGTH, task.senseLength());
        assertEquals((byte) InitiatorTask.MAX_SENSE_LENGTH, task.sense()[InitiatorTask.MAX_SENSE_LENGTH - 1]);
    }

    @Test
    void shouldTakeWhatSenseLengthSays_whenResponseDataFollow() {
        sense(8, 20);
        assertNull(reader.read(new Response(), task));
        assertEquals(8, task.senseLength());
        assertArrayEquals(new byte[InitiatorTask.MAX_SENSE_LENGTH - 8], Arrays.copyOfRange(task.sense(), 8, 252));
    }

    @Test
    void shouldRefuse_whenSenseLengthExceedsTheSegment() {
        sense(18, 17);
        assertWrong("SenseLength");
        sense(0x0100, 0);
        assertWrong("SenseLength");
        sense(0, 0);
        assertNull(reader.read(new Response(), task));
        assertEquals(0, task.senseLength());
    }

    @Test
    void shouldFindNoSense_whenTheSegmentHoldsNoSenseLength() {
        sense(0xFFFF, 0);
        dataLength = 1;
        assertNull(reader.read(new Response(), task));
        assertEquals(0, task.senseLength());
        dataLength = 0;
        assertNull(reader.read(new Response(), task));
    }

    @Test
    void shouldTellTheResidualWithItsSign_whenABitIsSet() {
        pdu.setResidualCount(70);
        assertNull(reader.read(new Response(), task));
        assertEquals(0, task.residual(), "the count says nothing without a bit");

        pdu.setOverflow(true);
        assertNull(reader.read(new Response(), task));
        assertEquals(-70, task.residual());
    }

    @Test
    void shouldRefuse_whenBothBitsOfADirectionAreSet() {
        pdu.setOverflow(true);
        pdu.setUnderflow(true);
        assertWrong("both overflow and underflow");

        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setBidirectionalReadOverflow(true);
        assertNull(reader.read(new Response(), task));
        pdu.setBidirectionalReadUnderflow(true);
        assertWrong("both overflow and underflow");
        pdu.setBidirectionalReadOverflow(false);
        assertNull(reader.read(new Response(), task));
    }

    @Test
    void shouldRefuse_whenMoreIsMissingThanWasExpected() {
        pdu.setUnderflow(true);
        pdu.setResidualCount(1);
        assertWrong("residual"); // nothing was expected
        pdu.setResidualCount(0);
        assertNull(reader.read(new Response(), task));
    }

    @Test
    void shouldNotBelieveTheCount_whenTheCommandWasNotCompleted() {
        // RFC 7143 section 11.4.3: with another response code the bits and the count say nothing.
        pdu.setResponse(ScsiResponsePdu.TARGET_FAILURE);
        pdu.setUnderflow(true);
        pdu.setResidualCount(1000);

        assertNull(reader.read(new Response(), task));
        assertEquals(ScsiResponsePdu.TARGET_FAILURE, task.response());
        assertEquals(0, task.residual());
    }
}
