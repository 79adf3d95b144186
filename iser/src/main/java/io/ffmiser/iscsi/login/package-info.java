/** The login state machines of both sides (RFC 7143 sections 6.3, 8 and 11.12). Sans-IO. */
@NullMarked
package io.ffmiser.iscsi.login;

import org.jspecify.annotations.NullMarked;
