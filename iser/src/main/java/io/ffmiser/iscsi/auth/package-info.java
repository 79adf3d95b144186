/**
 * How one side of a login proves who it is, within SecurityNegotiation (RFC 7143 section 12.1): one {@link
 * io.ffmiser.iscsi.auth.Authenticator} for each value of AuthMethod. CHAP has its place beside {@link
 * io.ffmiser.iscsi.auth.NoAuthentication}. Sans-IO.
 */
@NullMarked
package io.ffmiser.iscsi.auth;

import org.jspecify.annotations.NullMarked;
