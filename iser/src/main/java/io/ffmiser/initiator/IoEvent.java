package io.ffmiser.initiator;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/** A SCSI command of an initiator, from submission to completion; those faster than the threshold are not recorded. */
@Name("io.ffmiser.InitiatorIo")
@Label("iSER Initiator I/O")
@Category({"ffm-iser", "Initiator"})
@Threshold("10 ms")
@StackTrace(false)
final class IoEvent extends Event {
    /** Asked whether the event is enabled, so that no other is made when it is not. */
    static final IoEvent PROBE = new IoEvent();

    @Label("Target")
    String target = "";

    @Label("LUN")
    int lun;

    @Label("Operation Code")
    int operationCode;

    @Label("Length")
    @DataAmount
    long length;

    @Label("Outcome")
    String outcome = "";

    @Label("Status")
    int status;

    /** Records it, if it took long enough. */
    void finish(String targetName, ScsiRequest request, Outcome how) {
        end();
        if (shouldCommit()) {
            target = targetName;
            lun = request.unit().number;
            operationCode = request.task.operationCode();
            length = request.length();
            outcome = how.name();
            status = request.task.status();
            commit();
        }
    }
}
