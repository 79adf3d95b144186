/**
 * How one side of a login proves who it is, within SecurityNegotiation (RFC 7143 section 12.1): one {@link
 * io.ffmiser.iscsi.auth.Authenticator} for each value of AuthMethod. CHAP has two, {@link io.ffmiser.iscsi.auth.ChapInitiator} and
 * {@link io.ffmiser.iscsi.auth.ChapTarget}; KRB5 and SRP have none. Sans-IO: challenges come from a source of randomness that is given.
 */
@NullMarked
package io.ffmiser.iscsi.auth;

import org.jspecify.annotations.NullMarked;
