package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.tcp.MemoryStream;
import io.ffmiser.datamover.tcp.TcpRegistrar;
import io.ffmiser.datamover.tcp.TcpSettings;
import io.ffmiser.datamover.tcp.TcpTargetConnection;
import io.ffmiser.iscsi.pdu.DataInPdu;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.R2tPdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.quota.LineLimit;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same session as over RDMA, above the datamover of a byte stream: it cannot tell. */
class TargetSessionOverTcpTest {
    private static final int TAG = 0x77;

    private final MemoryStream stream = new MemoryStream(() -> {});
    private final TcpTargetConnection transport = new TcpTargetConnection(stream, TcpSettings.TARGET, LineLimit.none());
    private final RegisteredMemory memory =
            new TcpRegistrar(transport::hasDataDigest).register(Arena.ofAuto().allocate(1 << 16), MemoryRole.STORE);

    private ScriptedTargetHost login(int chunk) {
        stream.attach(transport);
        stream.chunk = chunk;
        ScriptedTargetHost host = new ScriptedTargetHost(transport);
        host.login(request -> {
            stream.feed(request);
            byte[] response = stream.take();
            int length = view(new Pdu(), response, 0).dataSegmentLength();
            return Arrays.copyOf(response, Pdu.HEADER_LENGTH + length);
        });
        return host;
    }

    private static byte[] command(boolean write, int cmdSn, int length, byte... immediate) {
        byte[] octets = new byte[Pdu.HEADER_LENGTH + immediate.length];
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setFinal(true);
        pdu.setRead(!write);
        pdu.setWrite(write);
        pdu.setInitiatorTaskTag(TAG);
        pdu.setCmdSn(cmdSn);
        pdu.setExpectedDataTransferLength(length);
        pdu.setDataSegmentLength(immediate.length);
        System.arraycopy(immediate, 0, octets, Pdu.HEADER_LENGTH, immediate.length);
        return octets;
    }

    private static <T extends Pdu> T view(T pdu, byte[] octets, int at) {
        pdu.wrap(MemorySegment.ofArray(octets), at);
        return pdu;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 13, 1 << 20})
    void shouldReadAndWrite_whenDataMovesInPdus(int chunk) {
        ScriptedTargetHost host = login(chunk);
        assertEquals(1, host.established);
        assertFalse(host.connection.session().parameters().rdmaExtensions());
        byte[] data = new byte[6000];
        new Random(1).nextBytes(data);

        // A write: 200 octets with the command, the rest as MaxBurstLength wants it, in two sequences.
        stream.feed(command(true, ScriptedTargetHost.CMD_SN, 6000, Arrays.copyOf(data, 200)));
        TargetTask write = host.executed.getLast();
        write.receiveDataOut(memory, 0, 6000, 0);
        int asked = 200;
        for (int sn = 0; sn < 2; sn++) {
            R2tPdu r2t = view(new R2tPdu(), stream.take(), 0);
            assertEquals(Opcode.R2T, r2t.opcode());
            assertEquals(sn, r2t.r2tSn());
            assertEquals(asked, r2t.bufferOffset());
            int length = (int) r2t.desiredDataTransferLength();
            assertEquals(sn == 0 ? ScriptedTargetHost.MAX_BURST : 5800 - ScriptedTargetHost.MAX_BURST, length);
            byte[] octets = new byte[Pdu.HEADER_LENGTH + length];
            DataOutPdu answer = new DataOutPdu();
            answer.begin(MemorySegment.ofArray(octets), 0);
            answer.setFinal(true);
            answer.setInitiatorTaskTag(TAG);
            answer.setTargetTransferTag(r2t.targetTransferTag());
            answer.setBufferOffset(asked);
            answer.setDataSegmentLength(length);
            System.arraycopy(data, asked, octets, Pdu.HEADER_LENGTH, length);
            assertEquals(0, host.received);
            stream.feed(octets);
            asked += length;
        }
        assertEquals(1, host.received);
        assertArrayEquals(data, memory.segment().asSlice(0, 6000).toArray(ValueLayout.JAVA_BYTE));
        write.complete(0, new byte[0], 0, 6000);
        ScsiResponsePdu written = view(new ScsiResponsePdu(), stream.take(), 0);
        assertEquals(Opcode.SCSI_RESPONSE, written.opcode());
        assertEquals(2, written.expDataSn());

        // A read of the same, two sequences, the status behind them.
        stream.feed(command(false, ScriptedTargetHost.CMD_SN + 1, 6000));
        TargetTask read = host.executed.getLast();
        read.sendDataIn(memory, 0, 6000, 0);
        read.complete(0, new byte[0], 0, 6000);
        byte[] octets = stream.take();
        byte[] got = new byte[6000];
        int at = 0;
        int pdus = 0;
        DataInPdu dataIn = view(new DataInPdu(), octets, 0);
        while (dataIn.opcode() == Opcode.DATA_IN) {
            int length = dataIn.dataSegmentLength();
            assertEquals(pdus, dataIn.dataSn());
            assertEquals(written.expCmdSn() + 1, dataIn.expCmdSn());
            System.arraycopy(octets, at + Pdu.HEADER_LENGTH, got, (int) dataIn.bufferOffset(), length);
            at += Pdu.HEADER_LENGTH + length;
            pdus++;
            dataIn = view(new DataInPdu(), octets, at);
        }
        assertArrayEquals(data, got);
        ScsiResponsePdu response = view(new ScsiResponsePdu(), octets, at);
        assertEquals(Opcode.SCSI_RESPONSE, response.opcode());
        assertEquals(written.statSn() + 1, response.statSn());
        assertEquals(pdus, response.expDataSn());
        assertEquals(1, host.delivered);

        host.connection.terminate("the test is over");
        assertTrue(stream.isClosed());
        transport.streamClosed("closed here");
        assertEquals(1, host.endedSessions);
        assertEquals(0, host.tasks().inUse());
    }

    @Test
    void shouldNotAwaitTheData_whenATaskIsAborted() {
        ScriptedTargetHost host = login(1 << 20);
        stream.feed(command(true, ScriptedTargetHost.CMD_SN, 6000));
        TargetTask write = host.executed.getLast();
        write.receiveDataOut(memory, 0, 6000, 0);
        R2tPdu r2t = view(new R2tPdu(), stream.take(), 0);
        assertEquals(Opcode.R2T, r2t.opcode());
        int transferTag = r2t.targetTransferTag();

        // As Linux does: the task is aborted, and its R2Ts are not answered any more.
        host.connection.session().abort(write);
        assertEquals(1, host.received, "its memory is the handler's again");
        write.abortCompleted();
        assertEquals(0, host.tasks().inUse());
        assertEquals(0, stream.take().length);

        // As RFC 7143 section 4.2.3.3 has it: they are, with no data.
        byte[] octets = new byte[Pdu.HEADER_LENGTH];
        DataOutPdu answer = new DataOutPdu();
        answer.begin(MemorySegment.ofArray(octets), 0);
        answer.setFinal(true);
        answer.setInitiatorTaskTag(TAG);
        answer.setTargetTransferTag(transferTag);
        stream.feed(octets);
        assertFalse(stream.isClosed());
    }
}
