package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.verbs.AsyncEvent;
import io.ffmiser.verbs.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The asynchronous events of a device reach all pollers that use it: librdmacm opens a device once in a process, so that its pollers share
 * one queue of events. Whichever poller finds one there acknowledges it, and hands it to each.
 */
final class AsyncEvents {
    private static final Map<Long, List<NativeDevice>> DEVICES = new ConcurrentHashMap<>();

    private AsyncEvents() {}

    static void register(NativeDevice device) {
        DEVICES.computeIfAbsent(key(device.context()), key -> new CopyOnWriteArrayList<>())
                .add(device);
    }

    static void unregister(NativeDevice device) {
        List<NativeDevice> devices = DEVICES.get(key(device.context()));
        if (devices != null) {
            devices.remove(device);
        }
    }

    private static long key(Context context) {
        return context.pointer().address();
    }

    /** Hands on what is there; returns how much. Never waits. */
    static int dispatch(Context context) {
        int count = 0;
        for (Optional<AsyncEvent> next = next(context); next.isPresent(); next = next(context)) {
            AsyncEvent event = next.get();
            for (NativeDevice device : DEVICES.getOrDefault(key(context), List.of())) {
                device.poller().execute(() -> device.onEvent(event));
            }
            count++;
        }
        return count;
    }

    /** Looks and takes in one: another poller must not take between the two what this one would then wait for. */
    private static synchronized Optional<AsyncEvent> next(Context context) {
        Optional<AsyncEvent> event = context.nextAsyncEvent(0);
        event.ifPresent(AsyncEvent::close);
        return event;
    }
}
