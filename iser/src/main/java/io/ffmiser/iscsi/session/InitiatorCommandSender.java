package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.InitiatorDatamover;
import io.ffmiser.datamover.OutboundPdu;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.pdu.DataOutPdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import java.lang.foreign.MemorySegment;

/**
 * Makes SCSI Command PDUs and the unsolicited Data-Out PDUs behind them, and decides how write data travels (RFC 7143 sections 11.3,
 * 11.7, 13.10, 13.11): small writes whole in the command, unsolicited data as far as FirstBurstLength where InitialR2T=No was
 * negotiated, everything else as the target asks for it. Allocates nothing.
 */
final class InitiatorCommandSender {
    private final InitiatorDatamover datamover;
    private final InitiatorCommandWindow window;
    private final InitiatorSessionCounters counters;
    private final int wantedImmediate;
    /** Tasks whose unsolicited data are not all sent. */
    private final InitiatorTaskQueue unsolicited = new InitiatorTaskQueue();

    private final ScsiCommandPdu command = new ScsiCommandPdu();
    private final DataOutPdu dataOut = new DataOutPdu();

    private int immediateLimit;
    private int unsolicitedLimit;
    private int segmentLimit;

    InitiatorCommandSender(
            InitiatorDatamover datamover,
            InitiatorCommandWindow window,
            InitiatorSessionCounters counters,
            int wantedImmediate) {
        this.datamover = datamover;
        this.window = window;
        this.counters = counters;
        this.wantedImmediate = wantedImmediate;
    }

    void begin(NegotiatedParameters parameters) {
        segmentLimit = parameters.targetRecvDataSegmentLength();
        int firstBurst = parameters.firstBurstLength();
        immediateLimit = parameters.immediateData() ? Math.min(wantedImmediate, Math.min(firstBurst, segmentLimit)) : 0;
        unsolicitedLimit = parameters.initialR2t() ? 0 : firstBurst;
    }

    /** Sends the command of a task that is in the table. */
    void send(InitiatorTask task, OutboundPdu pdu) {
        MemorySegment segment = pdu.segment();
        long header = pdu.headerOffset();
        command.begin(segment, header);
        command.setTaskAttribute(ScsiCommandPdu.SIMPLE);
        command.setLun(task.lun());
        command.setInitiatorTaskTag(task.initiatorTaskTag);
        command.setExpectedDataTransferLength(task.expectedLength());
        command.setCmdSn(task.cmdSn);
        command.setExpStatSn(window.expStatSn());
        command.setCdb(task.cdb(), task.cdbLength());
        int immediate = 0;
        if (!task.dataIn().isEmpty()) {
            command.setRead(true);
        } else if (!task.dataOut().isEmpty()) {
            command.setWrite(true);
            immediate = immediateLength(task, pdu);
            if (immediate > 0) {
                copyData(task, 0, pdu, immediate);
                command.setDataSegmentLength(immediate);
                counters.immediateBytes += immediate;
            }
            task.unsolicitedFrom = immediate;
            // RFC 7143 section 11.3.4: all that FirstBurstLength allows, or none but the immediate data.
            task.unsolicitedTo = Math.max(immediate, Math.min(task.dataOut().length(), unsolicitedLimit));
        }
        int behind = task.unsolicitedTo - task.unsolicitedFrom;
        command.setFinal(behind == 0);
        counters.sent++;
        datamover.sendControl(pdu, immediate, behind, task.dataOut(), task.dataIn());
        if (behind > 0) {
            unsolicited.add(task);
        }
    }

    /**
     * Sends unsolicited data as far as there are places to send from.
     *
     * @return whether none is left
     */
    boolean sendUnsolicited() {
        InitiatorTask task = unsolicited.peek();
        while (task != null) {
            OutboundPdu pdu = datamover.claimControl();
            if (pdu == null) {
                return false;
            }
            sendDataOut(task, pdu);
            task = unsolicited.peek();
        }
        return true;
    }

    /** Sends no more data of a task that is over. */
    void forget(InitiatorTask task) {
        unsolicited.removeTask(task);
    }

    /** Small writes travel whole in the command; of larger ones nothing does, so that no payload to speak of is copied. */
    private int immediateLength(InitiatorTask task, OutboundPdu pdu) {
        int length = task.dataOut().length();
        return length <= immediateLimit && length <= pdu.capacity() ? length : 0;
    }

    private void sendDataOut(InitiatorTask task, OutboundPdu pdu) {
        // RFC 7145 section 7.3.4: every PDU but the last carries exactly TargetRecvDataSegmentLength.
        int length = Math.min(task.unsolicitedTo - task.unsolicitedFrom, segmentLimit);
        dataOut.begin(pdu.segment(), pdu.headerOffset());
        dataOut.setLun(task.lun());
        dataOut.setInitiatorTaskTag(task.initiatorTaskTag);
        dataOut.setTargetTransferTag(Pdu.RESERVED_TAG);
        dataOut.setExpStatSn(window.expStatSn());
        dataOut.setDataSn(task.dataSn++);
        dataOut.setBufferOffset(task.unsolicitedFrom);
        dataOut.setDataSegmentLength(length);
        copyData(task, task.unsolicitedFrom, pdu, length);
        task.unsolicitedFrom += length;
        boolean last = task.unsolicitedFrom == task.unsolicitedTo;
        dataOut.setFinal(last);
        if (last) {
            unsolicited.remove();
        }
        datamover.sendControl(pdu);
    }

    private static void copyData(InitiatorTask task, int from, OutboundPdu pdu, int length) {
        MemorySegment.copy(
                task.dataOut().memory().segment(),
                task.dataOut().offset() + from,
                pdu.segment(),
                pdu.headerOffset() + Pdu.HEADER_LENGTH,
                length);
    }
}
