/**
 * The target: composition root of the passive side. {@link io.ffmiser.target.Target} listens on portals, logs initiators in and serves
 * the logical units of its nodes; {@link io.ffmiser.target.TargetOptions} says what it is made of.
 *
 * <h2>Threads</h2>
 *
 * One poller, and the one thread that drives it, owns everything: connections, sessions, logical units and the buffer pool. The public
 * methods of {@link io.ffmiser.target.Target} are thread-safe and reach that owner by message.
 */
@NullMarked
package io.ffmiser.target;

import org.jspecify.annotations.NullMarked;
