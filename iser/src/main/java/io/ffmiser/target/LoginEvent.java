package io.ffmiser.target;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A login that reached full feature phase. */
@Name("io.ffmiser.target.Login")
@Label("iSER Target Login")
@Category({"iSER", "Target"})
@Description("A session entered full feature phase")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // JFR reads the fields
final class LoginEvent extends Event {
    @Label("Initiator")
    private String initiator = "";

    @Label("Target")
    private String target = "";

    @Label("TSIH")
    private int tsih;

    static void record(String initiator, String target, int tsih) {
        LoginEvent event = new LoginEvent();
        if (event.isEnabled()) {
            event.initiator = initiator;
            event.target = target;
            event.tsih = tsih;
            event.commit();
        }
    }
}
