package io.ffmiser.sim;

import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.rdma.Poller;
import io.ffmiser.testkit.sim.SimRandom;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;

/**
 * What a {@link Simulation} is made of: parts that may have bugs.
 *
 * @param stores makes the disk
 * @param targetPoller stands between the target and its poller
 * @param initiatorPoller stands between the initiators and their pollers
 * @param management the function that is done where one is asked for
 * @param keepsIsid whether an initiator has the ISID that it had before a crash
 * @param demandsChap whether the target demands CHAP where the scenario says so
 */
record Parts(
        StoreFactory stores,
        UnaryOperator<Poller> targetPoller,
        UnaryOperator<Poller> initiatorPoller,
        UnaryOperator<TaskManagementFunction> management,
        boolean keepsIsid,
        boolean demandsChap) {
    static final Parts SOUND = new Parts(
            DiskStore::new, UnaryOperator.identity(), UnaryOperator.identity(), UnaryOperator.identity(), true, true);

    /** Makes the disk of a run. */
    interface StoreFactory {
        DiskStore open(Poller poller, Executor owner, SimRandom random, int blocks);
    }

    Parts withStores(StoreFactory newStores) {
        return new Parts(newStores, targetPoller, initiatorPoller, management, keepsIsid, demandsChap);
    }

    Parts withTargetPoller(UnaryOperator<Poller> newTargetPoller) {
        return new Parts(stores, newTargetPoller, initiatorPoller, management, keepsIsid, demandsChap);
    }

    Parts withInitiatorPoller(UnaryOperator<Poller> newInitiatorPoller) {
        return new Parts(stores, targetPoller, newInitiatorPoller, management, keepsIsid, demandsChap);
    }

    Parts withManagement(UnaryOperator<TaskManagementFunction> newManagement) {
        return new Parts(stores, targetPoller, initiatorPoller, newManagement, keepsIsid, demandsChap);
    }

    Parts withoutKeptIsid() {
        return new Parts(stores, targetPoller, initiatorPoller, management, false, demandsChap);
    }

    Parts withoutChap() {
        return new Parts(stores, targetPoller, initiatorPoller, management, keepsIsid, false);
    }
}
