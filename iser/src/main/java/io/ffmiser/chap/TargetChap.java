package io.ffmiser.chap;

import io.ffmiser.iscsi.text.IscsiName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A target's demand that initiators authenticate with CHAP, and how it authenticates itself to those that ask (mutual CHAP, RFC 7143
 * section 12.1.3). Whoever does not, or fails, is answered with status 0x0201.
 *
 * @param accounts what initiators prove
 * @param own what the target proves when asked; null to refuse who asks. Its secret must differ from those of the accounts: a login
 *     where they are the same fails (RFC 7143 section 9.2.1)
 * @param algorithms those accepted; the initiator's order decides among them
 */
public record TargetChap(ChapAccounts accounts, @Nullable ChapCredential own, List<ChapAlgorithm> algorithms) {
    public TargetChap {
        algorithms = List.copyOf(algorithms);
        if (algorithms.isEmpty()) {
            throw new IllegalArgumentException("CHAP without an algorithm");
        }
    }

    /** One name and secret for all initiators. */
    public static TargetChap of(ChapCredential everyInitiator) {
        return of(initiatorName -> everyInitiator);
    }

    /**
     * Names and secrets by the iSCSI name of the initiator, whose case does not matter (RFC 3722); others cannot log in.
     *
     * @throws IllegalArgumentException if one is no iSCSI name, or two are of the same initiator
     */
    public static TargetChap of(Map<String, ChapCredential> byInitiatorName) {
        Map<String, ChapCredential> accounts = new HashMap<>();
        byInitiatorName.forEach((name, account) -> {
            if (accounts.putIfAbsent(IscsiName.requireFolded(name), account) != null) {
                throw new IllegalArgumentException("two CHAP accounts of the initiator " + name);
            }
        });
        return of(accounts::get);
    }

    /** Names and secrets from elsewhere. */
    public static TargetChap of(ChapAccounts accounts) {
        return new TargetChap(accounts, null, ChapAlgorithm.STRONGEST_FIRST);
    }

    /** With mutual CHAP: what the target proves. */
    public TargetChap withOwn(ChapCredential newOwn) {
        return new TargetChap(accounts, newOwn, algorithms);
    }

    /** With a choice of algorithms, such as none but SHA-256 and SHA3-256. */
    public TargetChap withAlgorithms(List<ChapAlgorithm> newAlgorithms) {
        return new TargetChap(accounts, own, newAlgorithms);
    }
}
