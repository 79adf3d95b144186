package io.ffmiser.target;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One connection at the target, from accept to end. */
@Name("io.ffmiser.target.Connection")
@Label("iSER Target Connection")
@Category({"iSER", "Target"})
@Description("A connection, from accept to end")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // JFR reads the fields
final class ConnectionEvent extends Event {
    @Label("Remote Address")
    private String remoteAddress = "";

    @Label("Initiator")
    private String initiator = "";

    @Label("End")
    private String end = "";

    static ConnectionEvent begin(String remoteAddress) {
        ConnectionEvent event = new ConnectionEvent();
        event.remoteAddress = remoteAddress;
        event.begin();
        return event;
    }

    void finish(String newInitiator, String newEnd) {
        initiator = newInitiator;
        end = newEnd;
        commit();
    }
}
