package io.ffmiser.rdma.nativeverbs.planted;

import io.ffmiser.testkit.measure.ThreadAllocation;

/** A violation that ArrowsTest must find: a module that the provider is not built on. */
public final class NativeKnowsTestkit {
    private NativeKnowsTestkit() {}

    public static long planted() {
        return ThreadAllocation.currentThreadBytes();
    }
}
