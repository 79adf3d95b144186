package io.ffmiser.chap;

import org.jspecify.annotations.Nullable;

/** What a target knows of its initiators. Asked on the target's thread, once a login: must not block and must not throw. */
@FunctionalInterface
public interface ChapAccounts {
    /**
     * The name and secret that an initiator has to prove; null if it has none, and then its login fails as with a wrong secret.
     *
     * @param initiatorName its iSCSI name, as it claims
     */
    @Nullable
    ChapCredential find(String initiatorName);
}
