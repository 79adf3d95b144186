package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TargetTaskTableTest {
    private static TargetTask task(int tag) {
        TargetTask task = new TargetTask();
        task.setInitiatorTaskTag(tag);
        return task;
    }

    @Test
    void shouldAgreeWithAMap_whenTasksComeAndGo() {
        Random random = new Random(17);
        TargetTaskTable table = new TargetTaskTable(64);
        Map<Integer, TargetTask> model = new HashMap<>();
        List<Integer> tags = new ArrayList<>();
        for (int step = 0; step < 100_000; step++) {
            if (model.size() < 64 && (tags.isEmpty() || random.nextBoolean())) {
                // few different tags, so that they collide and come again
                int tag = random.nextInt(200) * (random.nextBoolean() ? 1 : 0x10000);
                if (!model.containsKey(tag)) {
                    TargetTask added = task(tag);
                    table.put(added);
                    model.put(tag, added);
                    tags.add(tag);
                }
            } else {
                int at = random.nextInt(tags.size());
                Integer tag = tags.get(at);
                tags.set(at, tags.getLast());
                tags.removeLast();
                TargetTask removed = model.remove(tag);
                if (removed != null) {
                    table.remove(removed);
                }
            }
            assertEquals(model.size(), table.size());
            int probe = random.nextInt(200);
            assertSame(model.get(probe), table.get(probe));
        }
        for (Map.Entry<Integer, TargetTask> entry : model.entrySet()) {
            assertSame(entry.getValue(), table.get(entry.getKey()));
        }
    }

    @Test
    void shouldLeaveOthersAlone_whenATaskIsNotThere() {
        TargetTaskTable table = new TargetTaskTable(4);
        TargetTask one = task(1);
        table.put(one);
        table.remove(task(1));
        table.remove(task(2));
        assertSame(one, table.get(1));
        assertNull(table.get(2));
        assertEquals(1, table.size());
    }

    @Test
    void shouldRefuse_whenThereAreMoreTasksThanMayBe() {
        TargetTaskTable table = new TargetTaskTable(4);
        int added = 0;
        try {
            for (; added < 1000; added++) {
                table.put(task(added));
            }
        } catch (IllegalStateException full) {
            assertEquals(table.size(), added);
        }
        assertThrows(IllegalStateException.class, () -> table.put(task(5000)));
    }
}
