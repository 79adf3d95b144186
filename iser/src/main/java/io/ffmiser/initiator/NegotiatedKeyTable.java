package io.ffmiser.initiator;

import io.ffmiser.iscsi.login.LoginResult;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The outcome of a login as text keys and values, for people. */
final class NegotiatedKeyTable {
    private NegotiatedKeyTable() {}

    static Map<String, String> of(LoginResult login) {
        NegotiatedParameters of = login.parameters();
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("RDMAExtensions", yesNo(of.rdmaExtensions()));
        keys.put("HeaderDigest", of.headerDigest() ? "CRC32C" : "None");
        keys.put("DataDigest", of.dataDigest() ? "CRC32C" : "None");
        keys.put("InitialR2T", yesNo(of.initialR2t()));
        keys.put("ImmediateData", yesNo(of.immediateData()));
        keys.put("FirstBurstLength", Integer.toString(of.firstBurstLength()));
        keys.put("MaxBurstLength", Integer.toString(of.maxBurstLength()));
        keys.put("InitiatorRecvDataSegmentLength", Integer.toString(of.initiatorRecvDataSegmentLength()));
        keys.put("TargetRecvDataSegmentLength", Integer.toString(of.targetRecvDataSegmentLength()));
        keys.put("MaxConnections", Integer.toString(of.maxConnections()));
        keys.put("MaxOutstandingR2T", Integer.toString(of.maxOutstandingR2t()));
        keys.put("DataPDUInOrder", yesNo(of.dataPduInOrder()));
        keys.put("DataSequenceInOrder", yesNo(of.dataSequenceInOrder()));
        keys.put("DefaultTime2Wait", Integer.toString(of.defaultTime2Wait()));
        keys.put("DefaultTime2Retain", Integer.toString(of.defaultTime2Retain()));
        keys.put("ErrorRecoveryLevel", Integer.toString(of.errorRecoveryLevel()));
        // Declared by each side for itself: shown as the target's, whose limit binds this side.
        keys.put("MaxOutstandingUnexpectedPDUs", Long.toString(of.targetMaxOutstandingUnexpectedPdus()));
        keys.put("TaggedBufferForSolicitedDataOnly", yesNo(of.taggedBufferForSolicitedDataOnly()));
        keys.put("iSERHelloRequired", yesNo(of.iserHelloRequired()));
        int tag = login.identity().targetPortalGroupTag();
        if (tag >= 0) {
            keys.put("TargetPortalGroupTag", Integer.toString(tag));
        }
        return Collections.unmodifiableMap(keys);
    }

    private static String yesNo(boolean value) {
        return value ? "Yes" : "No";
    }
}
