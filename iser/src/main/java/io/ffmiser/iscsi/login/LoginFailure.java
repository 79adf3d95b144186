package io.ffmiser.iscsi.login;

import io.ffmiser.iscsi.pdu.LoginStatus;
import io.ffmiser.text.PeerText;
import org.jspecify.annotations.Nullable;

/**
 * A login that failed.
 *
 * @param status what the Login Response says, or what it would have said
 * @param reason for a person; what it quotes of the peer is escaped
 * @param targetAddress where to go instead, host[:port][,tag], when the status is a redirection
 * @param reportedByPeer whether the target told so, in contrast to a finding of this side
 */
public record LoginFailure(
        LoginStatus status, String reason, @Nullable String targetAddress, boolean reportedByPeer) {
    public LoginFailure {
        reason = PeerText.escape(reason);
    }
}
