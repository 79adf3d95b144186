package io.ffmiser.target;

import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.session.TargetTask;
import io.ffmiser.scsi.Nexus;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** One SCSI command at the target, from its execution to its status; off unless enabled, and then only slow ones by default. */
@Name("io.ffmiser.target.Command")
@Label("iSER Target Command")
@Category({"iSER", "Target"})
@Description("A SCSI command, from execution to status")
@Enabled(false)
@Threshold("10 ms")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // JFR reads the fields
final class CommandEvent extends Event {
    private static final CommandEvent PROBE = new CommandEvent();

    @Label("Initiator Port")
    private String initiatorPort = "";

    @Label("LUN")
    private int lun;

    @Label("Operation Code")
    private int operationCode;

    @Label("Status")
    @Description("SAM-5 status, or -1 if aborted")
    private int status;

    @Label("Transfer Length")
    private long transferLength;

    /** Whether anybody records such events: otherwise none is made. */
    static boolean isOn() {
        return PROBE.isEnabled();
    }

    static CommandEvent begin(Nexus nexus, TargetTask task, int operationCode) {
        CommandEvent event = new CommandEvent();
        event.initiatorPort = nexus.initiatorPortName();
        event.lun = LogicalUnitNumber.decode(task.lun());
        event.operationCode = operationCode;
        event.begin();
        return event;
    }

    void finish(int newStatus, long newTransferLength) {
        status = newStatus;
        transferLength = newTransferLength;
        commit();
    }
}
