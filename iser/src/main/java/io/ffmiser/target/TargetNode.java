package io.ffmiser.target;

import io.ffmiser.chap.TargetChap;
import io.ffmiser.iscsi.text.IscsiName;
import io.ffmiser.scsi.DiskSettings;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One iSCSI target node: a name that initiators log in to, and its logical units.
 *
 * @param name its iSCSI name, such as {@code iqn.2026-11.io.ffmiser:disks}; kept, told and compared in lower case and normalization form KC
 *     (RFC 3722), as are the names of initiators
 * @param alias its TargetAlias; empty for none
 * @param logicalUnits by logical unit number, 0 to 16383
 * @param initiators the initiator names that may log in and see it in discovery; empty for all
 * @param redirect where a login is sent instead (TargetAddress with 0x0101, moved temporarily); null to serve it here
 * @param chap how its initiators have to authenticate in normal sessions; null if they need not
 * @param maxTransferBytes the longest transfer of one command, which its disks report (MAXIMUM TRANSFER LENGTH, SBC-3 section 6.5.3),
 *     a multiple of 4096. libiscsi 1.19 fails on iSER transfers of more than 256 KiB, and heeds a lower limit
 */
public record TargetNode(
        String name,
        String alias,
        SortedMap<Integer, Disk> logicalUnits,
        Set<String> initiators,
        @Nullable InetSocketAddress redirect,
        @Nullable TargetChap chap,
        int maxTransferBytes) {
    /** The highest logical unit number: flat space addressing has 14 bits (SAM-5 section 4.7.7.3). */
    public static final int MAX_LUN = 16383;

    /** No iSCSI name, so that nobody can log in to it. */
    private static final String DISCOVERY = "discovery";

    public TargetNode {
        if (!name.equals(DISCOVERY)) {
            name = IscsiName.requireFolded(name);
        }
        for (int lun : logicalUnits.keySet()) {
            if (lun < 0 || lun > MAX_LUN) {
                throw new IllegalArgumentException("logical unit numbers are 0 to " + MAX_LUN + ": " + lun);
            }
        }
        if (maxTransferBytes < 4096 || maxTransferBytes % 4096 != 0) {
            throw new IllegalArgumentException("maxTransferBytes must be a multiple of 4096: " + maxTransferBytes);
        }
        logicalUnits = Collections.unmodifiableSortedMap(new TreeMap<>(logicalUnits));
        initiators = initiators.stream().map(IscsiName::requireFolded).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * What a logical unit is made of.
     *
     * @param store opened when the target starts
     * @param serial its unit serial number, from which its NAA designator is made; empty for one
     *     derived from the store's identity
     */
    public record Disk(StoreSource store, String serial) {}

    /**
     * Starts a node of that name.
     *
     * @throws IllegalArgumentException if it is no iSCSI name
     */
    public static Builder named(String name) {
        return new Builder(IscsiName.requireFolded(name));
    }

    /** The node of discovery sessions, which has no iSCSI name. */
    static Builder discovery() {
        return new Builder(DISCOVERY);
    }

    /** Gathers what a node has. */
    public static final class Builder {
        private final String name;
        private final Map<Integer, Disk> logicalUnits = new TreeMap<>();
        private final Set<String> initiators = new LinkedHashSet<>();
        private String alias = "";
        private @Nullable InetSocketAddress redirect;
        private @Nullable TargetChap chap;
        private int maxTransferBytes = DiskSettings.DEFAULT_MAX_TRANSFER_BYTES;

        private Builder(String name) {
            this.name = name;
        }

        public Builder alias(String newAlias) {
            alias = newAlias;
            return this;
        }

        /** Adds a logical unit with a serial number derived from the store's identity. */
        public Builder logicalUnit(int lun, StoreSource store) {
            return logicalUnit(lun, store, "");
        }

        /**
         * Adds a logical unit.
         *
         * @param serial its unit serial number, from which its NAA designator is made: no other disk's of any target
         * @throws IllegalArgumentException if the number is taken
         */
        public Builder logicalUnit(int lun, StoreSource store, String serial) {
            if (logicalUnits.putIfAbsent(lun, new Disk(store, serial)) != null) {
                throw new IllegalArgumentException("logical unit " + lun + " is there already");
            }
            return this;
        }

        /**
         * Lets an initiator log in; once one is named, all others are refused.
         *
         * @throws IllegalArgumentException if it is no iSCSI name
         */
        public Builder allow(String initiatorName) {
            initiators.add(IscsiName.requireFolded(initiatorName));
            return this;
        }

        public Builder redirect(InetSocketAddress address) {
            redirect = address;
            return this;
        }

        /** Demands CHAP of every initiator that logs in to the node: others are refused with status 0x0201. */
        public Builder chap(TargetChap newChap) {
            chap = newChap;
            return this;
        }

        /** Limits the transfer of one command, for initiators that cannot move as much as they are let. */
        public Builder maxTransferBytes(int bytes) {
            maxTransferBytes = bytes;
            return this;
        }

        public TargetNode build() {
            return new TargetNode(
                    name, alias, new TreeMap<>(logicalUnits), initiators, redirect, chap, maxTransferBytes);
        }
    }
}
