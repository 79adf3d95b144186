package io.ffmiser.datamover.planted;

import io.ffmiser.scsi.LogicalUnit;

/** A violation that ArrowsTest must find. */
public final class DatamoverKnowsScsi {
    private DatamoverKnowsScsi() {}

    public static Class<?> planted() {
        return LogicalUnit.class;
    }
}
