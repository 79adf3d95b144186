package io.ffmiser.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.LogoutReason;
import io.ffmiser.iscsi.pdu.LogoutRequestPdu;
import io.ffmiser.iscsi.pdu.NopOutPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.RequestPdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.iscsi.pdu.TaskManagementRequestPdu;
import io.ffmiser.iscsi.pdu.TextRequestPdu;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.Completion;
import io.ffmiser.rdma.Connection;
import io.ffmiser.rdma.ConnectionHandler;
import io.ffmiser.rdma.ConnectionOptions;
import io.ffmiser.rdma.ConnectionParameters;
import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.Exposure;
import io.ffmiser.rdma.MemoryRegion;
import io.ffmiser.rdma.Operation;
import io.ffmiser.rdma.ProtectionDomain;
import io.ffmiser.rdma.ResolveHandler;
import io.ffmiser.rdma.Route;
import io.ffmiser.rdma.SendBatch;
import io.ffmiser.rdma.WorkStatus;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An initiator that is an RDMA connection and octets made by hand: what a test wants to send, right or wrong, is sent as it stands. */
final class HandMadeInitiator implements ConnectionHandler, ResolveHandler {
    static final int ISER = 28;
    static final int BHS = Pdu.HEADER_LENGTH;
    static final int RECEIVES = 160;
    static final int SLOT = 8192 + ISER + BHS;
    static final long MEMORY = 1 << 20;
    private static final int STAGING = 64;
    /** What one of these allocates itself. */
    static final long ALLOCATED = (long) (RECEIVES + STAGING) * SLOT + MEMORY;

    final String name;
    int isidQualifier = 1;
    int tsih;
    int cid;
    int cmdSn = 7;
    int nextTag = 0x100;
    int expStatSn;
    String loginKeys = "RDMAExtensions=Yes\0InitiatorRecvDataSegmentLength=8192\0TargetRecvDataSegmentLength=8192\0"
            + "InitialR2T=No\0ImmediateData=Yes\0MaxBurstLength=262144\0FirstBurstLength=65536\0";
    final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
    final List<byte[]> history = new ArrayList<>();

    @Nullable
    DisconnectCause end;

    boolean established;

    @Nullable
    Connection connection;

    private final TargetRig rig;
    private @Nullable ProtectionDomain domain;
    private @Nullable MemoryRegion buffers;
    private @Nullable MemoryRegion memory;
    private int staged;

    HandMadeInitiator(TargetRig rig, String name) {
        this.rig = rig;
        this.name = name;
    }

    // The RDMA connection.

    HandMadeInitiator connect() {
        rig.initiatorPoller.resolve(rig.portal(), Duration.ofSeconds(1), this);
        rig.runUntil(() -> established || end != null, "connect of " + name);
        return this;
    }

    @Override
    public void onResolved(Route route) {
        ProtectionDomain made = route.device().allocateProtectionDomain();
        domain = made;
        MemoryRegion slots = made.allocate((long) (RECEIVES + STAGING) * SLOT, Access.LOCAL_WRITE);
        buffers = slots;
        memory = made.allocate(MEMORY, Access.ALL);
        Connection opened = route.createConnection(made, new ConnectionOptions(512, RECEIVES, 2, 256), this);
        connection = opened;
        for (int i = 0; i < RECEIVES; i++) {
            opened.postReceive(i, slots, (long) i * SLOT, SLOT);
        }
        opened.connect(new ConnectionParameters(new byte[] {(byte) 0xC0, 0, 0, 0}, 16, 1));
    }

    @Override
    public void onResolveFailed(DisconnectCause cause) {
        end = cause;
    }

    @Override
    public void onEstablished(Connection opened, byte[] privateData) {
        established = true;
    }

    @Override
    public void onCompletion(Connection from, Completion completion) {
        if (completion.status() != WorkStatus.SUCCESS || completion.operation() != Operation.RECEIVE) {
            return;
        }
        long offset = completion.workId() * SLOT;
        byte[] message = new byte[completion.byteLength()];
        MemorySegment.copy(required(buffers).segment(), ValueLayout.JAVA_BYTE, offset, message, 0, message.length);
        arrived.add(Arrays.copyOfRange(message, ISER, message.length));
        history.add(Arrays.copyOfRange(message, ISER, message.length));
        from.postReceive(completion.workId(), required(buffers), offset, SLOT);
    }

    @Override
    public void onDisconnected(Connection from, DisconnectCause cause) {
        end = cause;
    }

    void close() {
        if (connection != null) {
            connection.close();
            connection = null;
            required(buffers).close();
            required(memory).close();
            required(domain).close();
        }
    }

    private static <T> T required(@Nullable T value) {
        assertNotNull(value);
        return value;
    }

    /** Sends octets as one Send, with no header added. */
    void sendRaw(byte[] message) {
        long offset = (long) (RECEIVES + staged++ % STAGING) * SLOT;
        MemorySegment.copy(message, 0, required(buffers).segment(), ValueLayout.JAVA_BYTE, offset, message.length);
        required(connection)
                .sendBatch()
                .send(1 << 20, SendBatch.SIGNALED)
                .sge(required(buffers), offset, message.length)
                .post();
    }

    /** Sends a PDU behind an iSER header that names no STag. */
    void send(byte[] pdu) {
        send(pdu, null, null);
    }

    void send(byte[] pdu, @Nullable Exposure write, @Nullable Exposure read) {
        ByteBuffer message = ByteBuffer.allocate(ISER + pdu.length);
        message.put((byte) (0x10 | (write == null ? 0 : 8) | (read == null ? 0 : 4)));
        if (write != null) {
            message.putInt(4, write.stag()).putLong(8, write.baseOffset());
        }
        if (read != null) {
            message.putInt(16, read.stag()).putLong(20, read.baseOffset());
        }
        message.position(ISER).put(pdu);
        sendRaw(message.array());
    }

    Exposure expose(long offset, long length, int rights) {
        Exposure exposure = required(connection).newExposure();
        exposure.expose(required(memory), offset, length, rights);
        return exposure;
    }

    void put(long offset, byte[] octets) {
        MemorySegment.copy(octets, 0, required(memory).segment(), ValueLayout.JAVA_BYTE, offset, octets.length);
    }

    byte[] get(long offset, int length) {
        byte[] octets = new byte[length];
        MemorySegment.copy(required(memory).segment(), ValueLayout.JAVA_BYTE, offset, octets, 0, length);
        return octets;
    }

    // PDUs in.

    /** The next PDU that arrives. */
    byte[] next() {
        rig.runUntil(() -> !arrived.isEmpty(), "a PDU for " + name);
        byte[] pdu = arrived.remove();
        if (pdu[0] != Opcode.NOP_IN.code() || field(pdu, 16) != Pdu.RESERVED_TAG) {
            expStatSn = field(pdu, 24) + 1;
        }
        return pdu;
    }

    /** The next PDU, which has that opcode; pings in between are answered. */
    byte[] next(Opcode opcode) {
        byte[] pdu = next();
        while (opcode != Opcode.NOP_IN && pdu[0] == Opcode.NOP_IN.code() && field(pdu, 16) == Pdu.RESERVED_TAG) {
            send(nopOut(Pdu.RESERVED_TAG, field(pdu, 20), new byte[0], true));
            pdu = next();
        }
        byte[] found = pdu;
        assertEquals(opcode, Opcode.of(pdu[0] & 0x3F), () -> "arrived " + Arrays.toString(found));
        return pdu;
    }

    static int field(byte[] pdu, int offset) {
        return ByteBuffer.wrap(pdu).getInt(offset);
    }

    static int dataLength(byte[] pdu) {
        return field(pdu, 4) & 0xFFFFFF;
    }

    static byte[] data(byte[] pdu) {
        return Arrays.copyOfRange(pdu, BHS, BHS + dataLength(pdu));
    }

    static int statSn(byte[] pdu) {
        return field(pdu, 24);
    }

    static int expCmdSn(byte[] pdu) {
        return field(pdu, 28);
    }

    static int maxCmdSn(byte[] pdu) {
        return field(pdu, 32);
    }

    /** Sense key, ASC and ASCQ of a SCSI Response as one number; -1 without sense. */
    static int sense(byte[] response) {
        byte[] data = data(response);
        if (data.length < 16) {
            return -1;
        }
        return (data[4] & 0x0F) << 16 | (data[14] & 0xFF) << 8 | (data[15] & 0xFF);
    }

    static ScsiResponsePdu scsiResponse(byte[] pdu) {
        ScsiResponsePdu response = new ScsiResponsePdu();
        response.wrap(MemorySegment.ofArray(pdu), 0);
        return response;
    }

    // Login.

    /** Sends a Login Request that goes from operational negotiation to full feature phase. */
    void sendLogin(String keys) {
        send(loginRequest(keys));
    }

    byte[] loginRequest(String keys) {
        byte[] text = keys.getBytes(StandardCharsets.UTF_8);
        ByteBuffer pdu = ByteBuffer.allocate(BHS + (text.length + 3 & ~3));
        pdu.put(0, (byte) 0x43).put(1, (byte) 0x87);
        pdu.putInt(4, text.length);
        pdu.put(8, (byte) 0x80).putShort(12, (short) isidQualifier);
        pdu.putShort(14, (short) tsih).putInt(16, 1).putShort(20, (short) cid);
        pdu.putInt(24, cmdSn).putInt(28, 0);
        pdu.position(BHS).put(text);
        return pdu.array();
    }

    /** All that {@link #login} says. */
    String loginText(String targetName) {
        return "InitiatorName=" + name + "\0TargetName=" + targetName + "\0SessionType=Normal\0" + loginKeys;
    }

    /** Logs in; returns the final Login Response. */
    byte[] login(String targetName) {
        sendLogin(loginText(targetName));
        return finishLogin();
    }

    byte[] loginDiscovery() {
        sendLogin("InitiatorName=" + name + "\0SessionType=Discovery\0MaxRecvDataSegmentLength=8192\0");
        return finishLogin();
    }

    byte[] finishLogin() {
        byte[] response = next(Opcode.LOGIN_RESPONSE);
        while (response[36] == 0 && (response[1] & 0x80) == 0) {
            sendLogin("");
            response = next(Opcode.LOGIN_RESPONSE);
        }
        if (response[36] == 0) {
            tsih = ByteBuffer.wrap(response).getShort(14) & 0xFFFF;
        }
        return response;
    }

    static int loginStatus(byte[] response) {
        return (response[36] & 0xFF) << 8 | (response[37] & 0xFF);
    }

    // Requests. Each takes the next CmdSN, unless it is immediate.

    private <T extends RequestPdu> byte[] finish(T pdu, byte[] octets, int tag, boolean immediate) {
        pdu.setInitiatorTaskTag(tag);
        pdu.setCmdSn(cmdSn);
        pdu.setExpStatSn(expStatSn);
        pdu.setImmediate(immediate);
        if (!immediate) {
            cmdSn++;
        }
        return octets;
    }

    int newTag() {
        return nextTag++;
    }

    /** A SCSI Command; {@code data} is its immediate data. */
    byte[] command(int tag, int lun, byte[] cdb, long readLength, long writeLength, byte[] data, boolean isFinal) {
        byte[] octets = new byte[BHS + (data.length + 3 & ~3)];
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setLun((long) lun << 48);
        pdu.setRead(readLength > 0);
        pdu.setWrite(writeLength > 0);
        pdu.setExpectedDataTransferLength(writeLength > 0 ? writeLength : readLength);
        pdu.setTaskAttribute(ScsiCommandPdu.SIMPLE);
        pdu.setFinal(isFinal);
        pdu.setCdb(cdb, cdb.length);
        pdu.setDataSegmentLength(data.length);
        System.arraycopy(data, 0, octets, BHS, data.length);
        return finish(pdu, octets, tag, false);
    }

    byte[] command(int lun, byte... cdb) {
        return command(newTag(), lun, cdb, 0, 0, new byte[0], true);
    }

    byte[] dataOut(int tag, int dataSn, long bufferOffset, byte[] data, boolean isFinal) {
        byte[] octets = new byte[BHS + (data.length + 3 & ~3)];
        DataOutPdu pdu = new DataOutPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setInitiatorTaskTag(tag);
        pdu.setTargetTransferTag(Pdu.RESERVED_TAG);
        pdu.setExpStatSn(expStatSn);
        pdu.setDataSn(dataSn);
        pdu.setBufferOffset(bufferOffset);
        pdu.setFinal(isFinal);
        pdu.setDataSegmentLength(data.length);
        System.arraycopy(data, 0, octets, BHS, data.length);
        return octets;
    }

    byte[] taskManagement(TaskManagementFunction function, int lun, int referencedTag, int refCmdSn) {
        byte[] octets = new byte[BHS];
        TaskManagementRequestPdu pdu = new TaskManagementRequestPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setFunction(function);
        pdu.setLun((long) lun << 48);
        pdu.setReferencedTaskTag(referencedTag);
        pdu.setRefCmdSn(refCmdSn);
        return finish(pdu, octets, newTag(), true);
    }

    byte[] nopOut(int tag, int transferTag, byte[] data, boolean immediate) {
        byte[] octets = new byte[BHS + (data.length + 3 & ~3)];
        NopOutPdu pdu = new NopOutPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setTargetTransferTag(transferTag);
        pdu.setDataSegmentLength(data.length);
        System.arraycopy(data, 0, octets, BHS, data.length);
        return finish(pdu, octets, tag, immediate);
    }

    byte[] text(int tag, int transferTag, String keys) {
        byte[] text = keys.getBytes(StandardCharsets.UTF_8);
        byte[] octets = new byte[BHS + (text.length + 3 & ~3)];
        TextRequestPdu pdu = new TextRequestPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setFinal(true);
        pdu.setTargetTransferTag(transferTag);
        pdu.setDataSegmentLength(text.length);
        System.arraycopy(text, 0, octets, BHS, text.length);
        return finish(pdu, octets, tag, false);
    }

    byte[] logout(LogoutReason reason, int connectionId) {
        byte[] octets = new byte[BHS];
        LogoutRequestPdu pdu = new LogoutRequestPdu();
        pdu.begin(MemorySegment.ofArray(octets), 0);
        pdu.setReason(reason);
        pdu.setCid(connectionId);
        return finish(pdu, octets, newTag(), false);
    }

    // What tests do often.

    /** Sends TEST UNIT READY until no unit attention is pending. */
    void clearUnitAttention(int lun) {
        byte[] response;
        do {
            send(command(lun, new byte[6]));
            response = next(Opcode.SCSI_RESPONSE);
        } while (response[3] != 0);
    }

    /** READ (10) into the memory at an offset; returns the SCSI Response. */
    byte[] read(int lun, int block, int blocks, long offset) {
        Exposure exposure = expose(offset, blocks * 512L, Access.REMOTE_WRITE);
        send(command(newTag(), lun, readCdb(block, blocks), blocks * 512L, 0, new byte[0], true), null, exposure);
        byte[] response = next(Opcode.SCSI_RESPONSE);
        exposure.withdraw(0);
        return response;
    }

    /** WRITE (10) of solicited data from the memory at an offset; returns the SCSI Response. */
    byte[] write(int lun, int block, int blocks, long offset) {
        Exposure exposure = expose(offset, blocks * 512L, Access.REMOTE_READ);
        send(command(newTag(), lun, writeCdb(block, blocks), 0, blocks * 512L, new byte[0], true), exposure, null);
        byte[] response = next(Opcode.SCSI_RESPONSE);
        exposure.withdraw(0);
        return response;
    }

    static byte[] readCdb(int block, int blocks) {
        return ByteBuffer.allocate(10)
                .put(0, (byte) 0x28)
                .putInt(2, block)
                .putShort(7, (short) blocks)
                .array();
    }

    static byte[] writeCdb(int block, int blocks) {
        byte[] cdb = readCdb(block, blocks);
        cdb[0] = 0x2A;
        return cdb;
    }
}
