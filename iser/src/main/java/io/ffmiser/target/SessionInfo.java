package io.ffmiser.target;

import io.ffmiser.iscsi.login.NegotiatedParameters;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A session of a target, taken at one moment.
 *
 * @param tsih its target session identifying handle
 * @param isid its initiator session identifier, 12 hexadecimal digits
 * @param initiatorName who logged in
 * @param targetName to which node; empty for a discovery session
 * @param remoteAddress from where
 * @param keys what was negotiated, by text key, in the order of the keys' names
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
        int commandWindow) {
    static Map<String, String> keysOf(NegotiatedParameters parameters) {
        TreeMap<String, String> keys = new TreeMap<>();
        keys.put("SessionType", parameters.sessionType().text());
        keys.put("RDMAExtensions", yesNo(parameters.rdmaExtensions()));
        keys.put("HeaderDigest", parameters.headerDigest() ? "CRC32C" : "None");
        keys.put("DataDigest", parameters.dataDigest() ? "CRC32C" : "None");
        keys.put("InitialR2T", yesNo(parameters.initialR2t()));
        keys.put("ImmediateData", yesNo(parameters.immediateData()));
        keys.put("MaxBurstLength", String.valueOf(parameters.maxBurstLength()));
        keys.put("FirstBurstLength", String.valueOf(parameters.firstBurstLength()));
        keys.put("DefaultTime2Wait", String.valueOf(parameters.defaultTime2Wait()));
        keys.put("DefaultTime2Retain", String.valueOf(parameters.defaultTime2Retain()));
        keys.put("MaxConnections", String.valueOf(parameters.maxConnections()));
        keys.put("MaxOutstandingR2T", String.valueOf(parameters.maxOutstandingR2t()));
        keys.put("ErrorRecoveryLevel", String.valueOf(parameters.errorRecoveryLevel()));
        keys.put("InitiatorRecvDataSegmentLength", String.valueOf(parameters.initiatorRecvDataSegmentLength()));
        keys.put("TargetRecvDataSegmentLength", String.valueOf(parameters.targetRecvDataSegmentLength()));
        keys.put("TaggedBufferForSolicitedDataOnly", yesNo(parameters.taggedBufferForSolicitedDataOnly()));
        keys.put("iSERHelloRequired", yesNo(parameters.iserHelloRequired()));
        return Collections.unmodifiableSortedMap(keys);
    }

    private static String yesNo(boolean value) {
        return value ? "Yes" : "No";
    }
}
