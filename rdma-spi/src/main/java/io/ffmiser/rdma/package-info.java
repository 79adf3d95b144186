/**
 * The RDMA that a datamover needs, and no more: a poller that one thread owns, protection domains, registered memory,
 * exposures (STags), and reliable connections with send and receive queues.
 *
 * <p>The shape fits libibverbs with librdmacm, and an iWARP in software, without a copy or an allocation on the data path.
 * The names are those of the verbs (RFC 5040, RDMA Protocol Verbs Specification, {@code rdma_cm(7)}).
 *
 * <h2>Threads</h2>
 *
 * A {@link io.ffmiser.rdma.Poller} and all that was made from it (listeners, protection domains, regions, connections,
 * exposures, batches) belong to the one thread that drives the poller. Only {@link io.ffmiser.rdma.Poller#execute} and
 * {@link io.ffmiser.rdma.Poller#wakeup} may be called from other threads. All handlers run inside {@link
 * io.ffmiser.rdma.Poller#poll()}, on that thread; a handler may post work and may close what it was called for.
 *
 * <h2>Ordering (RFC 5040 section 5.5)</h2>
 *
 * <ul>
 *   <li>Work on one send queue is executed in posting order and its completions are reported in posting order.
 *   <li>When a Send is delivered, all RDMA Writes posted before it on the same connection are visible to the receiver.
 *   <li>An RDMA Read sees all earlier Writes and Sends of the same connection. A Send or Write posted behind a Read may
 *       overtake the Read's data; wait for the Read's completion where that matters.
 *   <li>A completed Send or Write means that its source memory may be reused, not that the peer has it.
 * </ul>
 *
 * <h2>Buffers and errors</h2>
 *
 * Memory named by a work request belongs to the provider from {@code post} until the request's completion is reported, or,
 * for an unsignaled one, until a later one of the same queue completes. When a connection fails or is disconnected, every
 * outstanding request that was not completed is reported with {@link io.ffmiser.rdma.WorkStatus#FLUSHED}, signaled or not, and
 * only then is {@link io.ffmiser.rdma.ConnectionHandler#onDisconnected} called, once. After {@link
 * io.ffmiser.rdma.Connection#close} returns, neither provider nor peer touches any buffer of that connection.
 */
@NullMarked
package io.ffmiser.rdma;

import org.jspecify.annotations.NullMarked;
