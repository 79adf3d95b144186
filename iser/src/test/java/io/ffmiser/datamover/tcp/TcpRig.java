package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TargetDatamoverListener;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.quota.LineLimit;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A connection with a stream in memory, an iSCSI layer that writes calls down, and PDUs made by hand. */
final class TcpRig implements LoginChannel.Listener, TargetDatamoverListener {
    static final int MEMORY = 1 << 16;
    static final long DRAIN_NANOS = 7_000_000;
    static final byte[] LOGIN_RESPONSE = new byte[Pdu.HEADER_LENGTH];

    final List<String> events = new ArrayList<>();
    final MemoryStream stream = new MemoryStream(() -> events.add("close"));
    final TcpTargetConnection connection;
    final RegisteredMemory memory = register(MemoryRole.BUFFER_POOL);
    final List<byte[]> logins = new ArrayList<>();
    final List<InboundPdu> kept = new ArrayList<>();
    boolean keeps;
    Runnable atControl = () -> {};
    boolean isRecording = true;
    private boolean headerDigest;
    private boolean dataDigest;
    private final DataDescriptor data = new DataDescriptor();

    // The session's numbers.
    int statSn = 70;
    int expCmdSn = 80;
    int maxCmdSn = 90;

    private final SequenceNumbers numbers = new SequenceNumbers() {
        @Override
        public int nextStatSn() {
            return statSn;
        }

        @Override
        public int expCmdSn() {
            return expCmdSn;
        }

        @Override
        public int maxCmdSn() {
            return maxCmdSn;
        }
    };

    TcpRig() {
        LOGIN_RESPONSE[0] = 0x23;
        connection = new TcpTargetConnection(stream, new TcpSettings(8, 8, 4, 16, 256, DRAIN_NANOS), LineLimit.none());
        stream.attach(connection);
        connection.start(this, this);
    }

    /** In full feature phase; the final Login Response has left. */
    static TcpRig enabled(boolean headerDigest, boolean dataDigest, int maxOutstandingR2t) {
        return new TcpRig().enable(headerDigest, dataDigest, maxOutstandingR2t);
    }

    static TcpRig enabled() {
        return enabled(false, false, 1);
    }

    private TcpRig enable(boolean header, boolean dataToo, int maxOutstandingR2t) {
        headerDigest = header;
        dataDigest = dataToo;
        connection.allocateConnectionResources(new ConnectionResources(4, 4, 2048, 4, 1024));
        connection.noticeKeyValues(
                new NegotiatedKeys(0, 1024, 2048, 0, 0, 0, true, false, header, dataToo, maxOutstandingR2t));
        connection.enableDatamover(LOGIN_RESPONSE);
        stream.take();
        return this;
    }

    RegisteredMemory register(MemoryRole role) {
        return new TcpRegistrar(() -> connection.hasDataDigest())
                .register(Arena.ofAuto().allocate(MEMORY), role);
    }

    // The wire.

    /** Octets arrive; what cannot be read waits. */
    void feed(byte[]... pdus) {
        stream.feed(pdus);
    }

    /** The PDUs that leave, digests checked and taken off, padding too. */
    List<byte[]> takePdus() {
        byte[] octets = stream.take();
        List<byte[]> pdus = new ArrayList<>();
        for (int at = 0; at < octets.length; ) {
            Pdu header = new Pdu();
            header.wrap(MemorySegment.ofArray(octets), at);
            int headerLength = Pdu.HEADER_LENGTH + header.ahsLength();
            int length = header.dataSegmentLength();
            int padded = length + 3 & ~3;
            int dataAt = at + headerLength + (headerDigest ? 4 : 0);
            if (headerDigest) {
                check(octets, at, headerLength);
            }
            if (dataDigest && length > 0) {
                check(octets, dataAt, padded);
            }
            byte[] pdu = Arrays.copyOfRange(octets, at, at + headerLength + length);
            System.arraycopy(octets, dataAt, pdu, headerLength, length);
            pdus.add(pdu);
            at = dataAt + padded + (dataDigest && length > 0 ? 4 : 0);
        }
        return pdus;
    }

    private static void check(byte[] octets, int from, int length) {
        if (!Arrays.equals(crc(octets, from, length), Arrays.copyOfRange(octets, from + length, from + length + 4))) {
            throw new AssertionError("a digest is wrong");
        }
    }

    private static byte[] crc(byte[] octets, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(octets, from, length);
        long value = crc.getValue();
        return new byte[] {(byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)};
    }

    /** A PDU as it travels. */
    byte[] wire(Pdu pdu, byte... segment) {
        pdu.setDataSegmentLength(segment.length);
        byte[] header = pdu.segment().toArray(ValueLayout.JAVA_BYTE);
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        octets.writeBytes(header);
        if (headerDigest) {
            octets.writeBytes(crc(header, 0, header.length));
        }
        byte[] padded = Arrays.copyOf(segment, segment.length + 3 & ~3);
        octets.writeBytes(padded);
        if (dataDigest && segment.length > 0) {
            octets.writeBytes(crc(padded, 0, padded.length));
        }
        return octets.toByteArray();
    }

    // PDUs.

    static MemorySegment header() {
        return MemorySegment.ofArray(new byte[Pdu.HEADER_LENGTH]);
    }

    byte[] command(int tag, boolean write, int length, byte... immediate) {
        return command(tag, write, true, length, immediate);
    }

    /** A write that unsolicited data follows. */
    byte[] announcing(int tag, int length, byte... immediate) {
        return command(tag, true, false, length, immediate);
    }

    private byte[] command(int tag, boolean write, boolean isFinal, int length, byte... immediate) {
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.begin(header(), 0);
        pdu.setFinal(isFinal);
        pdu.setRead(!write);
        pdu.setWrite(write);
        pdu.setLun(0x0003_0000_0000_0000L);
        pdu.setInitiatorTaskTag(tag);
        pdu.setExpectedDataTransferLength(length);
        return wire(pdu, immediate);
    }

    byte[] dataOut(int tag, int transferTag, int dataSn, long bufferOffset, boolean last, byte... segment) {
        DataOutPdu pdu = new DataOutPdu();
        pdu.begin(header(), 0);
        pdu.setInitiatorTaskTag(tag);
        pdu.setTargetTransferTag(transferTag);
        pdu.setDataSn(dataSn);
        pdu.setBufferOffset(bufferOffset);
        pdu.setFinal(last);
        return wire(pdu, segment);
    }

    // Calls down.

    void put(int tag, int sn, long bufferOffset, long offset, int length) {
        connection.putData(tag, sn, bufferOffset, data.set(memory, offset, length), true);
    }

    void get(int tag, int sn, long bufferOffset, long offset, int length) {
        connection.getData(tag, sn, bufferOffset, data.set(memory, offset, length), true);
    }

    void respond(int tag) {
        OutboundPdu place = Objects.requireNonNull(connection.claimControl());
        ScsiResponsePdu pdu = new ScsiResponsePdu();
        pdu.begin(place.segment(), place.headerOffset());
        pdu.setInitiatorTaskTag(tag);
        pdu.setNumbers(statSn++, expCmdSn, maxCmdSn);
        connection.sendControl(place);
    }

    // Calls up.

    @Override
    public void loginChannelOpened() {
        events.add("opened");
    }

    @Override
    public void loginPdu(byte[] pdu) {
        logins.add(pdu);
    }

    @Override
    public void loginChannelClosed(String reason) {
        events.add("login closed: " + reason);
    }

    @Override
    public void controlNotify(InboundPdu pdu) {
        if (!isRecording) {
            return;
        }
        byte first = pdu.segment().get(ValueLayout.JAVA_BYTE, pdu.headerOffset());
        events.add("control " + Integer.toHexString(first & 0x3f) + " " + pdu.dataLength());
        if (keeps) {
            kept.add(pdu.retain());
        }
        atControl.run();
    }

    @Override
    public void dataCompletionNotify(int initiatorTaskTag, int sn) {
        if (isRecording) {
            events.add("completed " + initiatorTaskTag + "/" + sn);
        }
    }

    @Override
    public SequenceNumbers sequenceNumbers() {
        return numbers;
    }

    @Override
    public void controlAvailable() {
        events.add("available");
    }

    @Override
    public void connectionTerminated() {
        events.add("terminated");
    }

    @Override
    public void connectionTerminateNotify(String reason) {
        events.add("lost: " + reason);
    }

    @Nullable
    String lastEvent() {
        return events.isEmpty() ? null : events.getLast();
    }
}
