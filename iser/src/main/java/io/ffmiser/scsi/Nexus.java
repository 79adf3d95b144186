package io.ffmiser.scsi;

import io.ffmiser.store.StoreAccess;

/**
 * An I_T_L nexus as a logical unit knows it: which initiator port through which target port, its access to the store, its pending unit
 * attentions and reservations. One object for each session and logical unit, compared by identity.
 */
public final class Nexus {
    private final String initiatorPortName;
    private final String targetPortName;
    private final int relativeTargetPortId;
    private final StoreAccess storeAccess;
    /** Pending unit attention as ASC in the high and ASCQ in the low octet, or -1. */
    private int pendingUnitAttention = -1;

    public Nexus(String initiatorPortName, String targetPortName, int relativeTargetPortId, StoreAccess storeAccess) {
        this.initiatorPortName = initiatorPortName;
        this.targetPortName = targetPortName;
        this.relativeTargetPortId = relativeTargetPortId;
        this.storeAccess = storeAccess;
    }

    /** SCSI initiator port name: {@code iqn...,i,0x<ISID>} (RFC 7143 section 4.4.2). */
    public String initiatorPortName() {
        return initiatorPortName;
    }

    /** SCSI target port name: {@code iqn...,t,0x<TPGT>}. */
    public String targetPortName() {
        return targetPortName;
    }

    /** As in VPD page 83h, 1 or more. */
    public int relativeTargetPortId() {
        return relativeTargetPortId;
    }

    public StoreAccess storeAccess() {
        return storeAccess;
    }

    int pendingUnitAttention() {
        return pendingUnitAttention;
    }

    void setPendingUnitAttention(int ascAndAscq) {
        pendingUnitAttention = ascAndAscq;
    }
}
