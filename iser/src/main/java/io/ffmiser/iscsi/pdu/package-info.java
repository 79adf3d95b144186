/** The PDUs of RFC 7143: records for control PDUs, flyweights for those of every I/O. Sans-IO. */
@NullMarked
package io.ffmiser.iscsi.pdu;

import org.jspecify.annotations.NullMarked;
