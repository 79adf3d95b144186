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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing in any order: a parent with live children throws, stays usable, then closes; and nothing is left behind. */
@Tag("rxe")
@Tag("siw")
class ClosingTest {
    private static final Set<AccessFlag> ACCESS = EnumSet.of(AccessFlag.LOCAL_WRITE, AccessFlag.REMOTE_READ);
    private static final int ROUNDS = Integer.getInteger("ffmiser.closing.rounds", 10_000);

    /** One of each, parents first. */
    private static List<NativeObject> family(Context context) {
        List<NativeObject> family = new ArrayList<>();
        ProtectionDomain domain = ProtectionDomain.allocate(context);
        family.add(domain);
        family.add(MemoryRegion.allocate(domain, 4096, ACCESS));
        CompletionQueue queue = CompletionQueue.create(context, 4);
        family.add(queue);
        family.add(QueuePair.create(
                domain,
                new QueuePairInitAttributes(QueuePairType.RC)
                        .completions(queue)
                        .capabilities(new QueuePairCapabilities(4, 4, 1, 1, 0))));
        if (context.device().transport() == Transport.IB) { // siw has neither
            family.add(MemoryWindow.allocate(domain, MemoryWindowType.TYPE_2));
            family.add(AddressHandle.create(domain, DeviceUnderTest.self(context)));
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
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void shouldLeaveNothing_whenFamiliesAreClosedInAnyOrder() throws Exception {
        long seed = Long.getLong("sim.seed", 42);
        Random random = new Random(seed);
        try (Context context = DeviceUnderTest.open()) {
            round(context, random, 100); // what is loaded and cached once
            Map<String, Integer> resourcesBefore = resources();
            int descriptorsBefore = descriptors();
            long memoryBefore = residentKib();

            round(context, random, ROUNDS);

            assertEquals(resourcesBefore, resources(), "rdma resource show, seed " + seed);
            assertEquals(descriptorsBefore, descriptors(), "/proc/self/fd, seed " + seed);
            long grown = residentKib() - memoryBefore;
            System.out.println("closing: " + ROUNDS + " rounds, resident memory grew by " + grown + " KiB, "
                    + descriptorsBefore + " descriptors and " + resourcesBefore + " before and after");
            // one leaked page a round would be 40,000 KiB; the heap may grow by what a young collection leaves
            assertTrue(
                    grown < ROUNDS * 4L || grown < 65_536,
                    grown + " KiB more after " + ROUNDS + " rounds, seed " + seed);
        }
    }

    private static void round(Context context, Random random, int rounds) {
        for (int round = 0; round < rounds; round++) {
            List<NativeObject> open = new ArrayList<>(family(context));
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
        String numbers =
                told.substring(told.indexOf(device) + String.valueOf(device).length());
        try (Scanner words = new Scanner(numbers)) {
            while (words.hasNext()) {
                counts.put(words.next(), words.nextInt());
            }
        }
        assertTrue(counts.containsKey("mr"), told);
        return counts;
    }
}
