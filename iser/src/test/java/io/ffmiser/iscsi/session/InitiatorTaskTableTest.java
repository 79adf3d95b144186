package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class InitiatorTaskTableTest {
    private static InitiatorTask task() {
        return new InitiatorTask(ended -> {});
    }

    @Test
    void shouldHoldAsManyAsItHasSlots_whenTheyAreAdded() {
        InitiatorTaskTable table = new InitiatorTaskTable(2);
        InitiatorTask first = task();
        InitiatorTask second = task();
        assertEquals(2, table.slots());
        assertEquals(0, table.active());
        table.add(first, 1);
        assertTrue(table.hasFree());
        table.add(second, 2);
        assertFalse(table.hasFree());
        assertEquals(2, table.active());
        assertSame(first, table.at(first.slot));
        assertSame(second, table.find(second.initiatorTaskTag));
        table.remove(first);
        assertTrue(table.hasFree());
        assertEquals(1, table.active());
        assertNull(table.find(first.initiatorTaskTag));
        assertSame(second, table.find(second.initiatorTaskTag));
    }

    @Test
    void shouldFindNobody_whenATagNamesASlotThatThereIsNot() {
        InitiatorTaskTable table = new InitiatorTaskTable(2);
        InitiatorTask only = task();
        table.add(only, 1);
        assertNull(table.find(2));
        assertNull(table.find(0xffff));
        assertNull(table.find(only.initiatorTaskTag + 0x10000));
    }

    @Test
    void shouldRefuseSizes_whenASlotCouldMakeTheReservedTag() {
        assertThrows(IllegalArgumentException.class, () -> new InitiatorTaskTable(0));
        assertThrows(IllegalArgumentException.class, () -> new InitiatorTaskTable(0x10000));
        assertEquals(1, new InitiatorTaskTable(1).slots());
        assertEquals(0xffff, new InitiatorTaskTable(0xffff).slots());
    }

    @Test
    void shouldGiveThemInTheOrderOfTheirCmdSn_whenNumbersWrap() {
        InitiatorTaskTable table = new InitiatorTaskTable(3);
        InitiatorTask late = task();
        InitiatorTask early = task();
        InitiatorTask between = task();
        table.add(late, 1);
        table.add(early, -2);
        table.add(between, 0);

        assertEquals(List.of(early, between, late), table.inOrder(2));
        table.remove(late);
        table.remove(early);
        table.remove(between);
        table.add(early, 0x3fff_fffe);
        table.add(late, 0x4000_0000);
        assertEquals(List.of(early, late), table.inOrder(0x4000_0001));
    }
}
