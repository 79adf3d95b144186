package io.ffmiser.store.planted;

import io.ffmiser.scsi.LogicalUnit;

/** A violation that ArrowsTest must find. */
public final class StoreKnowsScsi {
    private StoreKnowsScsi() {}

    public static Class<?> planted() {
        return LogicalUnit.class;
    }
}
