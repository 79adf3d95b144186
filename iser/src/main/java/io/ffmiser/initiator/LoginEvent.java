package io.ffmiser.initiator;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One attempt of an initiator to connect and log in. */
@Name("io.ffmiser.InitiatorLogin")
@Label("iSER Initiator Login")
@Category({"ffm-iser", "Initiator"})
@StackTrace(false)
final class LoginEvent extends Event {
    @Label("Portal")
    String portal = "";

    @Label("Target")
    String target = "";

    @Label("Succeeded")
    boolean succeeded;

    @Label("Outcome")
    String outcome = "";
}
