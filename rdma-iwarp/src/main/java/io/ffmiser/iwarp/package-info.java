/**
 * The provider {@code iwarp}: RDMA in software, MPA, DDP and RDMAP (RFC 5044, 5041, 5040, 6581) over TCP sockets. The protocols
 * themselves are the sans-IO packages below this one; here are the sockets, the memory, the STags and the queues.
 *
 * <p>One thread a poller, no locks. Payload travels between the socket and registered memory without a copy in user space; what
 * is small enough is copied through a staging buffer (out) or a read-ahead buffer (in) to save system calls, and counted ({@link
 * io.ffmiser.rdma.PollerCounters#copiedBytes()}).
 */
@NullMarked
package io.ffmiser.iwarp;

import org.jspecify.annotations.NullMarked;
