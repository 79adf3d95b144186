package io.ffmiser.testkit.sim;

/** Something that happens at a virtual time: made once by its owner, armed again and again. */
abstract class SimEvent {
    long time;
    long order;
    int heapIndex = -1;

    final boolean isArmed() {
        return heapIndex >= 0;
    }

    abstract void fire();
}
