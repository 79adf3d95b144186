package io.ffmiser.testkit.contract;

/** A part of the contract: tests that use the rig. */
interface RigUser {
    ContractRig rig();
}
