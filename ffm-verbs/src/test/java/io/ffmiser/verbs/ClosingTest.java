package io.ffmiser.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.verbs.internal.NativeObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Scanner;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing in any order: a parent with live children throws, stays usable, then closes; and nothing is left behind. */
@Tag("rxe")
@Tag("siw")
class ClosingTest {
    private static final Set<AccessFlag> ACCESS = EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ);
    private static final int REGION_BYTES = 64 * 1024;

    /** One of each, parents first. */
    private static List<NativeObject> family(Context context, @Nullable AddressHandleAttributes peer) {
        List<NativeObject> family = new ArrayList<>();
        ProtectionDomain domain = ProtectionDomain.allocate(context);
        family.add(domain);
        family.add(MemoryRegion.allocate(domain, REGION_BYTES, ACCESS));
        CompletionQueue queue = CompletionQueue.create(context, 4);
        family.add(queue);
        family.add(QueuePair.create(
                domain,
                new QueuePairInitAttributes(QueuePairType.RC)
                        .completions(queue)
                        .capabilities(new QueuePairCapabilities(4, 4, 1, 1, 0))));
        if (peer != null) { // siw has neither
            family.add(MemoryWindow.allocate(domain, MemoryWindowType.TYPE_2));
            family.add(AddressHandle.create(domain, peer));
        }
        return family;
    }

    @Test
    void shouldNameTheChildren_whenAParentIsClosedBeforeThem() {
        try (Context context = DeviceUnderTest.open()) {
            ProtectionDomain domain = ProtectionDomain.allocate(context);
            MemoryRegion region = MemoryRegion.allocate(domain, 4096, ACCESS);

            var refused = assertThrows(IllegalStateException.class, domain::close);
            assertTrue(String.valueOf(refused.getMessage()).contains(region.toString()), refused.toString());
            assertThrows(IllegalStateException.class, context::close);

            assertFalse(domain.isClosed());
            MemoryRegion.allocate(domain, 4096, ACCESS).close();
            region.close();
            domain.close();
            assertThrows(IllegalStateException.class, () -> MemoryRegion.allocate(domain, 4096, ACCESS));
        }
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shouldLeaveNothing_whenFamiliesAreClosedInAnyOrder() throws Exception {
        closeFamilies(500);
    }

    @Test
    @Tag("long")
    @Timeout(value = 120, unit = TimeUnit.MINUTES)
    void shouldLeaveNothing_whenTenThousandFamiliesAreClosedInAnyOrder() throws Exception {
        closeFamilies(10_000);
    }

    private static void closeFamilies(int rounds) throws Exception {
        long seed = Long.getLong("sim.seed", 42);
        Random random = new Random(seed);
        try (Context context = DeviceUnderTest.open()) {
            round(context, random, 50); // what is loaded and cached once
            Map<String, Integer> resourcesBefore = resources();
            int descriptorsBefore = descriptors();
            long memoryBefore = residentKib();

            long begin = System.nanoTime();
            round(context, random, rounds);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);

            assertEquals(resourcesBefore, resources(), "rdma resource show, seed " + seed);
            assertEquals(descriptorsBefore, descriptors(), "/proc/self/fd, seed " + seed);
            long grown = residentKib() - memoryBefore;
            System.out.println("closing: " + rounds + " rounds in " + millis + " ms, resident memory grew by " + grown
                    + " KiB, " + descriptorsBefore + " descriptors and " + resourcesBefore + " before and after");
            // half of what it would be if every round left its region's memory; the heap's own growth is below the
            // constant
            assertTrue(grown < Math.max(rounds * (REGION_BYTES >> 11), 24_576), grown + " KiB more, seed " + seed);
        }
    }

    private static void round(Context context, Random random, int rounds) {
        AddressHandleAttributes peer =
                context.device().transport() == Transport.IB ? DeviceUnderTest.self(context) : null;
        for (int round = 0; round < rounds; round++) {
            List<NativeObject> open = family(context, peer);
            while (!open.isEmpty()) {
                Collections.shuffle(open, random);
                open.removeIf(ClosingTest::closes);
            }
        }
    }

    private static boolean closes(NativeObject object) {
        try {
            object.close();
            return true;
        } catch (IllegalStateException hasChildren) {
            assertFalse(object.isClosed());
            return false;
        }
    }

    private static int descriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return (int) files.count();
        }
    }

    private static long residentKib() throws IOException {
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    /** How many of each kind the kernel counts on the device. */
    private static Map<String, Integer> resources() throws Exception {
        String device = System.getProperty("ffmiser.device");
        Process rdma = new ProcessBuilder("rdma", "resource", "show", device).start();
        String told = new String(rdma.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, rdma.waitFor(), told);
        Map<String, Integer> counts = new TreeMap<>();
        String numbers = told.substring(told.indexOf(device + ":") + (device + ":").length());
        try (Scanner words = new Scanner(numbers)) {
            while (words.hasNext()) {
                counts.put(words.next(), words.nextInt());
            }
        }
        assertTrue(counts.containsKey("mr"), told);
        return counts;
    }
}
