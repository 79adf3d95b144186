package io.ffmiser.target;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * What the process has for a target.
 *
 * @param heapBytes all of the heap
 * @param directBytes what is left of direct memory
 * @param descriptors how many file descriptors are left; {@link Long#MAX_VALUE} if nobody says
 */
record ProcessLimits(long heapBytes, long directBytes, long descriptors) {
    static ProcessLimits ofThisProcess() {
        long heap = Runtime.getRuntime().maxMemory();
        try {
            return new ProcessLimits(heap, Beans.directBytes(heap), Beans.descriptors());
        } catch (LinkageError e) {
            // Without the module jdk.management: direct memory is as much as heap unless the command line says
            // otherwise.
            return new ProcessLimits(heap, heap, Long.MAX_VALUE);
        }
    }

    /** What needs the module jdk.management. */
    private static final class Beans {
        static long directBytes(long heap) {
            long most = heap;
            HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            if (hotSpot != null) {
                long said = Long.parseLong(
                        hotSpot.getVMOption("MaxDirectMemorySize").getValue());
                most = said > 0 ? said : heap;
            }
            for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
                most -= pool.getName().equals("direct") ? pool.getMemoryUsed() : 0;
            }
            return Math.max(0, most);
        }

        static long descriptors() {
            return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                            && system.getMaxFileDescriptorCount() > 0
                    ? Math.max(0, system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount())
                    : Long.MAX_VALUE;
        }
    }
}
