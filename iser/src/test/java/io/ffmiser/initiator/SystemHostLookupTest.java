package io.ffmiser.initiator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.initiator.HostLookup.Answer;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A resolver that hangs keeps one thread for each host, however often the host is asked for. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SystemHostLookupTest {
    private final CountDownLatch hanging = new CountDownLatch(1);
    private final AtomicInteger questions = new AtomicInteger();
    private final SystemHostLookup lookup = new SystemHostLookup(host -> {
        questions.incrementAndGet();
        try {
            hanging.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (host.equals("broken")) {
            throw new OutOfMemoryError("as the test wants");
        }
        return new InetAddress[] {InetAddress.getLoopbackAddress()};
    });

    private CompletableFuture<Answer> ask(String host) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        lookup.lookUp(host, answer::complete);
        return answer;
    }

    @Test
    void shouldAskOnce_whenManyWantTheSameHost() {
        CompletableFuture<Answer> forgotten = new CompletableFuture<>();
        lookup.lookUp("disks", forgotten::complete).run();
        CompletableFuture<Answer> first = ask("disks");
        CompletableFuture<Answer> second = ask("disks");
        hanging.countDown();
        assertEquals(new Answer.Found(List.of(InetAddress.getLoopbackAddress())), first.join());
        assertEquals(first.join(), second.join());
        assertEquals(1, questions.get());
        assertFalse(forgotten.isDone());
        ask("disks").join();
        assertEquals(2, questions.get());
    }

    @Test
    void shouldAskAgain_whenTheResolverBroke() {
        hanging.countDown();
        assertInstanceOf(Answer.Unknown.class, ask("broken").join());
        assertInstanceOf(Answer.Unknown.class, ask("broken").join());
        assertEquals(2, questions.get());
    }

    @Test
    void shouldSayThatItDoesNotAsk_whenManyHostsAreAwaited() {
        for (int i = 0; i < SystemHostLookup.MAX_HOSTS; i++) {
            assertFalse(ask("host" + i).isDone());
        }
        assertTrue(ask("another").join() instanceof Answer.Unknown refused
                && refused.why().contains("host 'another' is not asked for"));
        CompletableFuture<Answer> known = ask("host0");
        hanging.countDown();
        assertInstanceOf(Answer.Found.class, known.join());
    }
}
