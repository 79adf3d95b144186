/** The datamover of RFC 7145: iSER over any RDMA connection. */
@NullMarked
package io.ffmiser.datamover.iser;

import org.jspecify.annotations.NullMarked;
