/**
 * {@link io.ffmiser.rdma.RdmaProvider} over the devices that libibverbs finds, with librdmacm as the connection manager.
 *
 * <p>A poller has one event channel, and for each device one completion channel and the completion queues of its connections. Each
 * work request carries in its {@code wr_id} the connection and its place in a ring that the connection keeps, so that nothing depends
 * on what a device says, or does not say, of requests that it flushes.
 */
@NullMarked
package io.ffmiser.rdma.nativeverbs;

import org.jspecify.annotations.NullMarked;
