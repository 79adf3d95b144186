package io.ffmiser.scsi;

import io.ffmiser.memory.RegisteredMemory;
import org.jspecify.annotations.Nullable;

/**
 * An I_T_L nexus as a logical unit knows it: which initiator port through which target port, its access to the store, its pending unit
 * attentions and reservations. One object for each session and logical unit, compared by identity.
 */
public final class Nexus {
    private final String initiatorPortName;
    private final String targetPortName;
    private final int relativeTargetPortId;
    private final @Nullable RegisteredMemory storeMemory;
    /** Pending unit attentions, oldest first, each an ASC in the high and ASCQ in the low octet. */
    private final int[] unitAttentions = new int[8];

    private int unitAttentionCount;
    /** Its commands. */
    final TaskSet tasks = new TaskSet();

    /**
     * Makes a nexus.
     *
     * @param storeMemory the store's own memory as registered for the session, the caller's; null where it has none
     */
    public Nexus(
            String initiatorPortName,
            String targetPortName,
            int relativeTargetPortId,
            @Nullable RegisteredMemory storeMemory) {
        this.initiatorPortName = initiatorPortName;
        this.targetPortName = targetPortName;
        this.relativeTargetPortId = relativeTargetPortId;
        this.storeMemory = storeMemory;
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

    /** The store's own memory as registered for the session; null where it has none, or there is no logical unit. */
    public @Nullable RegisteredMemory storeMemory() {
        return storeMemory;
    }

    /**
     * Adds a unit attention condition (SAM-5 section 5.14), one of {@link UnitAttention} or any other. One that is pending already is
     * not added again; a power-on or reset one takes the place of all others; the oldest is dropped when too many are pending.
     *
     * @param ascAndAscq additional sense code in the high octet and its qualifier in the low
     */
    public void addUnitAttention(int ascAndAscq) {
        if (ascAndAscq >>> 8 == UnitAttention.POWER_ON_OR_RESET >>> 8) {
            unitAttentionCount = 0;
        }
        for (int i = 0; i < unitAttentionCount; i++) {
            if (unitAttentions[i] == ascAndAscq) {
                return;
            }
        }
        if (unitAttentionCount == unitAttentions.length) {
            takeUnitAttention();
        }
        unitAttentions[unitAttentionCount++] = ascAndAscq;
    }

    /** Takes the oldest, or -1 for none. */
    int takeUnitAttention() {
        if (unitAttentionCount == 0) {
            return -1;
        }
        int oldest = unitAttentions[0];
        unitAttentionCount--;
        System.arraycopy(unitAttentions, 1, unitAttentions, 0, unitAttentionCount);
        return oldest;
    }

    /** Forgets one kind, such as REPORTED LUNS DATA HAS CHANGED once REPORT LUNS was answered (SPC-4 section 6.33). */
    void clearUnitAttention(int ascAndAscq) {
        int kept = 0;
        for (int i = 0; i < unitAttentionCount; i++) {
            if (unitAttentions[i] != ascAndAscq) {
                unitAttentions[kept++] = unitAttentions[i];
            }
        }
        unitAttentionCount = kept;
    }
}
