package io.ffmiser.initiator;

import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.iscsi.text.IscsiName;
import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Initiator} is and runs on.
 *
 * @param name the iSCSI name ({@code iqn.…}, {@code eui.…} or {@code naa.…}, RFC 7143 section 4.2.7), at most 223 octets; sent and
 *     shown as it is written here: many a target compares octets, where RFC 3722 has names compared in lower case and normalization
 *     form KC
 * @param alias for people, may be empty (RFC 7143 section 13.7)
 * @param isid the first session's ISID, 48 bits (RFC 7143 section 11.12.5), of which each further session gets the next; or {@link
 *     #RANDOM_ISID} to draw one. An initiator that must meet its own old sessions after a restart (reinstatement, persistent
 *     reservations) gives a fixed one
 * @param provider the RDMA implementation
 * @param poller how its poller is opened
 * @param chap how it authenticates in discovery, and in sessions that have nothing of their own ({@link SessionOptions#chap}); null for not
 *     at all
 */
public record InitiatorOptions(
        String name,
        String alias,
        long isid,
        RdmaProvider provider,
        PollerOptions poller,
        @Nullable InitiatorChap chap) {
    /** Draws an ISID of the random format (T = 10b). */
    public static final long RANDOM_ISID = -1;

    private static final long MAX_ISID = 0xffff_ffff_ffffL;

    public InitiatorOptions {
        Objects.requireNonNull(alias, "alias");
        Objects.requireNonNull(provider, "provider");
        Objects.requireNonNull(poller, "poller");
        IscsiName.require(name);
        if (isid != RANDOM_ISID && (isid < 0 || isid > MAX_ISID)) {
            throw new IllegalArgumentException("the ISID has 48 bits: 0x" + Long.toHexString(isid));
        }
    }

    /** An initiator of that name over the provider of that name, such as {@code iwarp}; the rest is the default. */
    public static InitiatorOptions of(String name, String providerName) {
        return of(name, RdmaProvider.named(providerName));
    }

    /** An initiator of that name over that provider; the rest is the default. */
    public static InitiatorOptions of(String name, RdmaProvider provider) {
        return new InitiatorOptions(
                name, "", RANDOM_ISID, provider, PollerOptions.DEFAULT.withName("iser-initiator"), null);
    }

    public InitiatorOptions withAlias(String newAlias) {
        return new InitiatorOptions(name, newAlias, isid, provider, poller, chap);
    }

    public InitiatorOptions withIsid(long newIsid) {
        return new InitiatorOptions(name, alias, newIsid, provider, poller, chap);
    }

    public InitiatorOptions withPoller(PollerOptions newPoller) {
        return new InitiatorOptions(name, alias, isid, provider, newPoller, chap);
    }

    /** With a name and secret for CHAP, and what targets have to prove. */
    public InitiatorOptions withChap(InitiatorChap newChap) {
        return new InitiatorOptions(name, alias, isid, provider, poller, newChap);
    }
}
