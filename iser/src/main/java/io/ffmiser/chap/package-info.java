/**
 * What a program tells both sides about CHAP (RFC 1994, RFC 7143 sections 9.2.1 and 12.1.3): names, secrets and algorithms. The
 * conversation itself is {@code iscsi.auth}'s.
 */
@NullMarked
package io.ffmiser.chap;

import org.jspecify.annotations.NullMarked;
