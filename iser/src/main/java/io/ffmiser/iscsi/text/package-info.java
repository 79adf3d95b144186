/** Text keys of RFC 7143 sections 6 and 13 and RFC 7145 section 6: a table of types, ranges and functions. Sans-IO. */
@NullMarked
package io.ffmiser.iscsi.text;

import org.jspecify.annotations.NullMarked;
