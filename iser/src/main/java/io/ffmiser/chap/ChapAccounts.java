package io.ffmiser.chap;

import org.jspecify.annotations.Nullable;

/** What a target knows of its initiators. Asked on the target's thread, once a login: must not block and must not throw. */
@FunctionalInterface
public interface ChapAccounts {
    /**
     * The name and secret that an initiator has to prove; null if it has none, and then its login fails as with a wrong secret.
     *
     * @param initiatorName the iSCSI name that it claims, in the form in which such names are compared: lower case, normalization form KC
     *     (RFC 3722). Its CHAP_N is another thing, a string that is compared as it is
     */
    @Nullable
    ChapCredential find(String initiatorName);
}
