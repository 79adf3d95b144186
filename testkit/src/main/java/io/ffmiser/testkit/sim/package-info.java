/**
 * A simulated RDMA fabric: the whole of {@code io.ffmiser.rdma} in one thread, in virtual time, from a seed. {@link
 * io.ffmiser.testkit.sim.SimFabric} makes the pollers and delivers the events; {@link io.ffmiser.testkit.sim.FaultPlan} says what
 * goes wrong; {@link io.ffmiser.testkit.sim.SimViolation} is thrown when code under test uses memory that it may not.
 */
@NullMarked
package io.ffmiser.testkit.sim;

import org.jspecify.annotations.NullMarked;
