/**
 * The memory that data moves to and from, as everything above a transport sees it: a store or an application client has a {@link
 * java.lang.foreign.MemorySegment}, {@link io.ffmiser.memory.MemoryRegistrar} makes it known to a connection's transport, and what
 * comes back, {@link io.ffmiser.memory.RegisteredMemory}, is opaque. Over RDMA it is a memory region, over TCP the segment itself.
 */
@NullMarked
package io.ffmiser.memory;

import org.jspecify.annotations.NullMarked;
