package io.ffmiser.datamover;

/** The calls up that come at the initiator. */
public interface InitiatorDatamoverListener extends DatamoverListener {
    /** The buffers of a task given to {@link InitiatorDatamover#deallocateTaskResources} cannot be reached by the peer any more. */
    void taskResourcesDeallocated(int initiatorTaskTag);
}
