package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

class TargetTaskPoolTest {
    @Test
    void shouldMakeNoMoreThanWereInUseAtOnce_whenTasksComeAndGo() {
        TargetTaskPool pool = new TargetTaskPool();
        TargetTask first = pool.take();
        TargetTask second = pool.take();
        assertNotSame(first, second);
        assertEquals(2, pool.inUse());
        pool.give(first);
        pool.give(second);
        assertEquals(0, pool.inUse());

        assertSame(second, pool.take());
        assertSame(first, pool.take());
        assertEquals(2, pool.made());
        pool.take();
        assertEquals(3, pool.made());
        assertEquals(3, pool.inUse());
    }
}
