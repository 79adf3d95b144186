/** The RDMA connection manager: event channels, ids, and the endpoint calls of librdmacm. */
@NullMarked
package io.ffmiser.rdmacm;

import org.jspecify.annotations.NullMarked;
