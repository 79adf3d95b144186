package io.ffmiser.initiator;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A connection of an initiator in full feature phase, from login to its end. */
@Name("io.ffmiser.InitiatorConnection")
@Label("iSER Initiator Connection")
@Category({"ffm-iser", "Initiator"})
@StackTrace(false)
final class ConnectionEvent extends Event {
    @Label("Portal")
    String portal = "";

    @Label("Target")
    String target = "";

    @Label("End")
    String end = "";
}
