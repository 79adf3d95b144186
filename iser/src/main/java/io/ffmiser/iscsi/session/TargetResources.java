package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.iscsi.login.NegotiatedParameters;

/** Sizes a connection so that every PDU which the window, the immediates and unsolicited data allow finds a receive (RFC 7145 section 8.1). */
public final class TargetResources {
    /** Receives beside those for commands, their data and immediates: for the answer to a ping, and for a Logout. */
    public static final int SPARE_RECEIVES = 2;

    private TargetResources() {}

    static ConnectionResources of(
            TargetSessionSettings settings, TargetSession session, NegotiatedParameters parameters) {
        int others = settings.immediates() + SPARE_RECEIVES;
        int segment = parameters.targetRecvDataSegmentLength();
        if (session.isDiscovery()) {
            return ofDiscovery(others, segment, sendSegment(settings, session, parameters));
        }
        int tasks = session.commandWindow();
        return new ConnectionResources(
                largestWindow(settings, parameters) + settings.immediates(),
                tasks * receivesPerCommand(parameters) + others,
                segment,
                sends(settings),
                sendSegment(settings, session, parameters));
    }

    /** SendTargets and Logout, and a few that will be rejected. */
    private static ConnectionResources ofDiscovery(int receives, int segment, int sendSegment) {
        return new ConnectionResources(
                1, receives, Math.min(segment, LoginChannel.MAX_DATA_SEGMENT_LENGTH), 2, sendSegment);
    }

    /**
     * The most that a connection of a session takes, whatever is negotiated: its window is as wide as it can be.
     *
     * @param segment the longest data segment that the target declares for a request
     */
    public static ConnectionResources most(TargetSessionSettings settings, boolean isDiscovery, int segment) {
        return isDiscovery
                ? ofDiscovery(settings.immediates() + SPARE_RECEIVES, segment, LoginChannel.MAX_DATA_SEGMENT_LENGTH)
                : new ConnectionResources(
                        settings.largestWindow() + settings.immediates(),
                        settings.receives(),
                        segment,
                        sends(settings),
                        settings.sendDataSegmentLength());
    }

    /** Places to send from: a Send holds its place only until it has left, so that they need not grow with the window. */
    public static int sends(TargetSessionSettings settings) {
        return 2 * (settings.commandWindow() + settings.immediates());
    }

    /** The longest data segment sent: in a normal session what every initiator has room for, whatever it declares. */
    static int sendSegment(TargetSessionSettings settings, TargetSession session, NegotiatedParameters parameters) {
        int most = session.isDiscovery() ? LoginChannel.MAX_DATA_SEGMENT_LENGTH : settings.sendDataSegmentLength();
        return Math.min(most, parameters.initiatorRecvDataSegmentLength());
    }

    /** Receives that each further command in the window needs. */
    static int receivesPerCommand(NegotiatedParameters parameters) {
        return 1 + unsolicitedPdus(parameters);
    }

    /** The window that a session begins with. */
    static int commandWindow(TargetSessionSettings settings, NegotiatedParameters parameters) {
        return Math.min(settings.commandWindow(), largestWindow(settings, parameters));
    }

    /** What the receive budget holds: each command, and the Data-Out PDUs that may follow it unsolicited (RFC 7145 section 8.1.1). */
    static int largestWindow(TargetSessionSettings settings, NegotiatedParameters parameters) {
        int forCommands = settings.receives() - settings.immediates() - SPARE_RECEIVES;
        return Math.max(1, Math.min(settings.largestWindow(), forCommands / receivesPerCommand(parameters)));
    }

    /** Data-Out PDUs that a command may be followed by (RFC 7145 section 7.3.4: all but the last are full). */
    static int unsolicitedPdus(NegotiatedParameters parameters) {
        if (parameters.initialR2t()) {
            return 0;
        }
        int segment = parameters.targetRecvDataSegmentLength();
        return (parameters.firstBurstLength() + segment - 1) / segment;
    }
}
