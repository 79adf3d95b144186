package io.ffmiser.rdma.nativeverbs.planted;

import io.ffmiser.verbs.gen.ibv_pd;

/** A violation that ArrowsTest must find: the generated bindings, past the API of ffm-verbs. */
public final class NativeKnowsBindings {
    private NativeKnowsBindings() {}

    public static long planted() {
        return ibv_pd.sizeof();
    }
}
