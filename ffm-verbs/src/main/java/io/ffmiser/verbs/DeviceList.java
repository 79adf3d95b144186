package io.ffmiser.verbs;

import io.ffmiser.verbs.gen.LibIbverbs;
import io.ffmiser.verbs.internal.NativeObject;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The devices of the moment it was made. Its devices can be opened until it is closed; what they told stays readable. Thread-safe: a close while
 * another thread opens one of them is refused.
 */
public final class DeviceList extends NativeObject implements Iterable<Device> {
    private final List<Device> devices;

    @SuppressWarnings("restricted") // bounded by the count that came with it
    DeviceList(MemorySegment list, int count) {
        super(list.reinterpret(ValueLayout.ADDRESS.byteSize() * count));
        List<Device> found = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            found.add(new Device(pointer().getAtIndex(ValueLayout.ADDRESS, i), this));
        }
        devices = List.copyOf(found);
    }

    public List<Device> asList() {
        return devices;
    }

    @Override
    public Iterator<Device> iterator() {
        return devices.iterator();
    }

    @Override
    protected void destroy(MemorySegment closing) {
        LibIbverbs.ibv_free_device_list(closing);
    }

    @Override
    public String toString() {
        return "device list";
    }
}
