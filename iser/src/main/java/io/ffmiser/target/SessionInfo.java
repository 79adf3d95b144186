package io.ffmiser.target;

import java.net.InetSocketAddress;
import java.util.Map;

/**
 * A session of a target, taken at one moment.
 *
 * @param tsih its target session identifying handle
 * @param isid its initiator session identifier, 12 hexadecimal digits
 * @param initiatorName who logged in
 * @param targetName to which node; empty for a discovery session
 * @param remoteAddress from where
 * @param keys what was negotiated, by text key, in a fixed order
 * @param activeTasks SCSI commands in progress
 * @param commandWindow commands that the initiator may send now
 */
public record SessionInfo(
        int tsih,
        String isid,
        String initiatorName,
        String targetName,
        InetSocketAddress remoteAddress,
        Map<String, String> keys,
        int activeTasks,
        int commandWindow) {}
