/**
 * Seeded simulations of initiator and target together, over {@link io.ffmiser.testkit.sim.SimFabric}: {@link
 * io.ffmiser.sim.Simulation} is one run of one seed, {@link io.ffmiser.sim.DiskModel} the truth it is compared with.
 */
@NullMarked
package io.ffmiser.sim;

import org.jspecify.annotations.NullMarked;
