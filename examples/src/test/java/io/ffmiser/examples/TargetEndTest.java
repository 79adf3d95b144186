package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.PollerOptions;
import io.ffmiser.rdma.RdmaProvider;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.target.Target;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The exit status of a target that a signal ends. */
class TargetEndTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldBeZero_whenItEndsInOrder() {
        assertEquals(0, end(new MemoryStore(1 << 20, 512), new PrintWriter(out)));
        assertEquals("", err.toString());
        assertTrue(out.toString().contains("SCSI commands"), out.toString());
    }

    @Test
    void shouldBeOneAndSayWhy_whenAStoreIsNotFlushed() {
        MemoryStore memory = new MemoryStore(1 << 20, 512);
        BlockStore broken = (BlockStore) Proxy.newProxyInstance(
                BlockStore.class.getClassLoader(), new Class<?>[] {BlockStore.class}, (_, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        memory.close();
                        throw new IllegalStateException("the last flush failed"); // logged as a warning
                    }
                    try {
                        return method.invoke(memory, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        assertEquals(1, end(broken, new PrintWriter(out)));
        assertTrue(err.toString().startsWith("iser-target: not ended in order: "), err.toString());
        assertTrue(err.toString().contains("the last flush failed"), err.toString());
        assertTrue(out.toString().contains("SCSI commands"), out.toString());
    }

    @Test
    void shouldBeZero_whenNobodyReadsTheCounters() {
        OutputStream gone = StandardOutput.of(new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                throw new IOException("Broken pipe");
            }
        });
        assertThrows(StandardOutput.Failed.class, () -> gone.write(1));
        assertEquals(0, end(new MemoryStore(1 << 20, 512), new PrintWriter(gone, false, StandardCharsets.UTF_8)));
    }

    @Test
    void shouldBeThatOfTheFailure_whenItCannotSayThatItListens() {
        Target target = start(new MemoryStore(1 << 20, 512));
        TargetEnd end = new TargetEnd(target, Duration.ofSeconds(10), new PrintWriter(out), new PrintWriter(err, true));
        Throwable thrown = assertThrows(
                OutOfMemoryError.class,
                () -> end.serve(() -> {
                    throw new OutOfMemoryError("as the test wants");
                }));
        assertEquals("as the test wants", thrown.getMessage());
        // Ended in order before the process ends; its shutdown hook leaves the exit status alone.
        assertTrue(target.ended().isDone());
        assertTrue(out.toString().contains("SCSI commands"), out.toString());
    }

    private int end(BlockStore store, PrintWriter counters) {
        return new TargetEnd(start(store), Duration.ofSeconds(10), counters, new PrintWriter(err, true)).shutDown();
    }

    private static Target start(BlockStore store) {
        TargetOptions options = TargetOptions.builder()
                .portal(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .node(TargetNode.named("iqn.2026-11.io.ffmiser:disks")
                        .logicalUnit(0, owner -> store)
                        .build())
                .build();
        return Target.start(options, RdmaProvider.named("iwarp"), PollerOptions.DEFAULT.withName("iser-target"));
    }
}
