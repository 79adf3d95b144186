package io.ffmiser.iscsi.login;

/**
 * A login that succeeded: what the session starts from.
 *
 * @param tsih of the session, never 0
 * @param cmdSn CmdSN of the first full feature phase command; the target's first ExpCmdSN (RFC 7143 section 4.2.2.1)
 * @param maxCmdSn as the final Login Response told
 * @param statSn the next StatSN that the target will use; the initiator's ExpStatSN
 */
public record LoginResult(
        LoginIdentity identity, NegotiatedParameters parameters, int tsih, int cmdSn, int maxCmdSn, int statSn) {}
