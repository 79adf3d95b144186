package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.ibv_context;
import io.ffmiser.verbs.gen.ibv_device;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Objects work together only within one open device: the kernel knows them by numbers of that device's file, and would take the other one's of the
 * same number.
 */
final class SameDevice {
    private SameDevice() {}

    /**
     * Returns when all are of one context; they must be kept open meanwhile.
     *
     * @throws IllegalArgumentException that names the devices otherwise
     */
    static void require(NativeObject one, NativeObject... others) {
        MemorySegment expected = contextOf(one);
        for (NativeObject other : others) {
            MemorySegment found = contextOf(other);
            if (found.address() != expected.address() && found.address() != 0 && expected.address() != 0) {
                String first = nameOf(expected);
                String second = nameOf(found);
                throw new IllegalArgumentException(one + " is of " + first + " and " + other + " of "
                        + (second.equals(first) ? "another context of it" : second)
                        + ": only objects of one open device work together");
            }
        }
    }

    /** Of every struct but a context itself, a flow and a buffer the context is the first field. */
    private static MemorySegment contextOf(NativeObject object) {
        return switch (object) {
            case Context context -> context.pointer();
            case Flow flow -> contextOf(flow.queuePair());
            case ProviderBuffer buffer -> contextOf(buffer.protectionDomain());
            default -> DataPath.struct(object.pointer(), ValueLayout.ADDRESS).get(ValueLayout.ADDRESS, 0);
        };
    }

    private static String nameOf(MemorySegment context) {
        MemorySegment device = ibv_context.device(DataPath.struct(context, ibv_context.layout()));
        return ibv_device.name(DataPath.struct(device, ibv_device.layout())).getString(0);
    }
}
