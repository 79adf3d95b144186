package io.ffmiser.datamover.tcp;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.DataDescriptor;
import io.ffmiser.datamover.NegotiatedKeys;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.datamover.Places;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.iscsi.pdu.DataInPdu;
import io.ffmiser.iscsi.pdu.Opcode;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.R2tPdu;
import io.ffmiser.iscsi.pdu.ScsiResponsePdu;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * What a connection sends in full feature phase, in the order of the calls: control PDUs, and the Data-In and R2T PDUs of its Put_Data and
 * Get_Data calls, which are made as there is room for their pieces.
 */
final class SendQueue {
    /** What the connection knows and wants to know. */
    interface Events {
        SequenceNumbers numbers();

        /** A place to send from came free. */
        void placeFreed();

        /** A task has no tag any more: it is answered. */
        void tagFreed(int task);

        /** A call with notify is done. */
        void completed(int tag, int sn);
    }

    // What is to be sent, and who learns that it has left: a kind and a place.
    private static final int KIND_SHIFT = 16;
    private static final int PLACE = (1 << KIND_SHIFT) - 1;
    private static final int CONTROL = 1;
    private static final int PUT = 2;
    private static final int R2T = 3;

    private final PduWriter writer;
    private final Events events;
    private final SendPlace[] places;
    private final Places freePlaces;
    private final DataTransfers transfers;
    private int initiatorRecvDataSegmentLength;
    private int maxOutstandingR2t;

    private final DataInPdu dataIn = new DataInPdu();
    private final R2tPdu r2t = new R2tPdu();
    private final ScsiResponsePdu response = new ScsiResponsePdu();

    /** A ring. */
    private final int[] queue;

    private int first;
    private int count;

    /** @throws OutOfMemoryError if there is not enough for the places */
    SendQueue(Arena arena, PduWriter writer, Events events, ConnectionResources wanted, int maxDataOperations) {
        this.writer = writer;
        this.events = events;
        transfers = new DataTransfers(wanted.tasks(), wanted.sends(), maxDataOperations);
        long bytes = SendPlace.bytes(wanted.sendDataSegmentLength());
        places = new SendPlace[wanted.sends()];
        for (int i = 0; i < places.length; i++) {
            places[i] = new SendPlace(i, arena.allocate(bytes, Long.BYTES), wanted.sendDataSegmentLength());
        }
        freePlaces = new Places(wanted.sends());
        queue = new int[wanted.sends() + maxDataOperations];
    }

    /** What was negotiated, before anything is sent. */
    void expect(NegotiatedKeys keys) {
        initiatorRecvDataSegmentLength = keys.initiatorRecvDataSegmentLength();
        maxOutstandingR2t = keys.maxOutstandingR2t();
    }

    DataTransfers transfers() {
        return transfers;
    }

    // Control PDUs.

    @Nullable
    SendPlace claim() {
        if (freePlaces.isEmpty()) {
            return null;
        }
        SendPlace place = places[freePlaces.take()];
        place.claim();
        return place;
    }

    /** The place of a PDU. */
    SendPlace place(OutboundPdu pdu) {
        if (!(pdu instanceof SendPlace place) || place.index >= places.length || places[place.index] != place) {
            throw new IllegalArgumentException("the place is another connection's");
        }
        return place;
    }

    /** @throws IllegalStateException if it is not claimed */
    void giveBack(SendPlace place) {
        place.take();
        freePlaces.giveBack(place.index);
    }

    /**
     * Sends it. Where that is refused, it is still claimed.
     *
     * @throws IllegalStateException if it is not claimed
     */
    void add(SendPlace place) {
        place.check();
        place.take();
        place.responding = DataTransfers.NONE;
        if (place.header.opcode() == Opcode.SCSI_RESPONSE) {
            // The session has opened its window: a new command needs the tag's room before the response has left.
            place.responding = transfers.respond(place.header.initiatorTaskTag());
            if (place.responding != DataTransfers.NONE) {
                events.tagFreed(place.responding);
            }
        }
        enqueue(CONTROL, place.index);
    }

    // Data.

    void put(int tag, int sn, long bufferOffset, DataDescriptor data, boolean notify) {
        enqueueCall(PUT, newCall(false, tag, sn, bufferOffset, data, notify));
    }

    void get(int tag, int sn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (!data.memory().isReceivable()) {
            throw new IllegalArgumentException("data may not land in that memory");
        }
        int call = newCall(true, tag, sn, bufferOffset, data, notify);
        if (transfers.takeR2t(call, maxOutstandingR2t)) {
            enqueueCall(R2T, call);
        }
    }

    private int newCall(boolean get, int tag, int sn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (transfers.isFull()) {
            throw new IllegalStateException("all data operations are outstanding (TcpSettings.maxDataOperations)");
        }
        int task = transfers.task(tag);
        if (task == DataTransfers.NONE) {
            throw new IllegalStateException("no task has the tag 0x" + Integer.toHexString(tag));
        }
        return transfers.add(get, task, tag, sn, bufferOffset, data, notify);
    }

    /** All that the R2T of a call asked for has come. */
    void dataArrived(int call) {
        int next = transfers.nextR2t(call);
        if (next != DataTransfers.NONE) {
            enqueueCall(R2T, next);
        }
        completed(call);
    }

    /**
     * Gives up the Get_Data calls of a task: what was not asked for yet will not be, what comes is dropped.
     *
     * @param reading the call to whose memory a Data-Out is being read, or NONE; {@link #cancel(int)} follows when it has come
     */
    void cancel(int tag, int reading) {
        int task = transfers.task(tag);
        for (int call = 0; task != DataTransfers.NONE && call < transfers.calls(); call++) {
            if (transfers.isGetOf(call, task)) {
                if (call == reading) {
                    transfers.giveUpLater(call);
                } else {
                    cancel(call);
                }
            }
        }
    }

    /** Gives up a Get_Data to whose memory nothing is being read. */
    void cancel(int call) {
        if (transfers.isQueued(call)) {
            unqueue(R2T << KIND_SHIFT | call);
        }
        transfers.giveUp(call);
        completed(call);
    }

    private void completed(int call) {
        int tag = transfers.tag(call);
        int sn = transfers.sn(call);
        boolean notifies = transfers.notifies(call);
        transfers.end(call);
        if (notifies) {
            events.completed(tag, sn);
        }
    }

    // Sending.

    private void enqueueCall(int kind, int call) {
        transfers.number(call, events.numbers());
        enqueue(kind, call);
    }

    private void enqueue(int kind, int place) {
        if (count == queue.length) {
            throw new IllegalStateException("something is queued twice");
        }
        queue[(first + count) % queue.length] = kind << KIND_SHIFT | place;
        count++;
    }

    private void unqueue(int item) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int each = queue[(first + i) % queue.length];
            if (each != item) {
                queue[(first + kept) % queue.length] = each;
                kept++;
            }
        }
        count = kept;
    }

    /** Makes PDUs of what is to be sent, as far as there is room for their pieces. */
    void fill() {
        while (count > 0 && writer.hasRoom()) {
            int item = queue[first];
            int place = item & PLACE;
            boolean isDone = switch (item >>> KIND_SHIFT) {
                case PUT -> writeDataIn(place, item);
                case R2T -> writeR2t(place);
                default -> writeControl(place, item);
            };
            if (isDone) {
                first = (first + 1) % queue.length;
                count--;
            }
        }
    }

    private boolean writeControl(int index, int owner) {
        SendPlace place = places[index];
        if (place.header.opcode() == Opcode.SCSI_RESPONSE) {
            response.wrap(place.segment(), 0);
            int pdus = place.responding == DataTransfers.NONE ? 0 : transfers.responded(place.responding);
            if (response.response() == ScsiResponsePdu.COMPLETED_AT_TARGET) {
                // RFC 7143 section 11.4.8
                response.setExpDataSn(pdus);
            }
        }
        writer.add(place, owner);
        return true;
    }

    /** RFC 7143 section 11.7: as long as the initiator takes them, the F bit on the last of the sequence. */
    private boolean writeDataIn(int call, int owner) {
        int length = Math.min(transfers.remaining(call), initiatorRecvDataSegmentLength);
        boolean last = length == transfers.remaining(call);
        dataIn.begin(writer.headers(), writer.nextHeader());
        dataIn.setFinal(last);
        dataIn.setInitiatorTaskTag(transfers.tag(call));
        dataIn.setTargetTransferTag(Pdu.RESERVED_TAG);
        dataIn.setNumbers(0, transfers.expCmdSn(call), transfers.maxCmdSn(call));
        dataIn.setDataSn(transfers.takeSn(call));
        dataIn.setBufferOffset(transfers.bufferOffset(call));
        dataIn.setDataSegmentLength(length);
        writer.addData(transfers.segment(call), transfers.offset(call), length, last ? owner : PduWriter.NOBODY);
        transfers.advance(call, length);
        return last;
    }

    private boolean writeR2t(int call) {
        r2t.begin(writer.headers(), writer.nextHeader());
        r2t.setLun(transfers.lun(call));
        r2t.setInitiatorTaskTag(transfers.tag(call));
        r2t.setTargetTransferTag(transfers.transferTag(call));
        r2t.setNumbers(transfers.statSn(call), transfers.expCmdSn(call), transfers.maxCmdSn(call));
        r2t.setR2tSn(transfers.takeSn(call));
        r2t.setBufferOffset(transfers.bufferOffset(call));
        r2t.setDesiredDataTransferLength(transfers.remaining(call));
        writer.addData(writer.headers(), 0, 0, PduWriter.NOBODY);
        transfers.r2tSent(call);
        return true;
    }

    /** A PDU has left. */
    void left(int owner) {
        if (owner >>> KIND_SHIFT == CONTROL) {
            freePlaces.giveBack(owner & PLACE);
            events.placeFreed();
        } else {
            completed(owner & PLACE);
        }
    }

    /** What was not made yet is not sent any more. */
    void clear() {
        count = 0;
    }
}
