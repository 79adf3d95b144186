package io.ffmiser.datamover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TaskTagsTest {
    @Test
    void shouldAgreeWithAMap_whenTagsComeAndGo() {
        Random random = new Random(1);
        for (int limit : new int[] {1, 2, 3, 17, 128}) {
            TaskTags tags = new TaskTags(limit);
            Map<Integer, Integer> model = new HashMap<>();
            for (int i = 0; i < 20_000; i++) {
                // few different tags, so that they collide and meet again; some of the reserved kind
                int tag = random.nextInt(3 * limit) * (random.nextBoolean() ? 1 : 0x10000) - 1;
                assertEquals(model.getOrDefault(tag, TaskTags.NONE), tags.get(tag));
                if (model.containsKey(tag)) {
                    assertEquals(model.remove(tag), tags.remove(tag));
                } else if (model.size() < limit) {
                    tags.put(tag, i);
                    model.put(tag, i);
                } else {
                    List<Integer> present = new ArrayList<>(model.keySet());
                    int victim = present.get(random.nextInt(present.size()));
                    assertEquals(model.remove(victim), tags.remove(victim));
                }
                assertEquals(model.size(), tags.size());
            }
            for (Map.Entry<Integer, Integer> entry : model.entrySet()) {
                assertEquals(entry.getValue(), tags.get(entry.getKey()));
            }
        }
    }

    @Test
    void shouldRefuse_whenFull() {
        TaskTags tags = new TaskTags(2);
        tags.put(1, 1);
        tags.put(2, 2);
        assertThrows(IllegalStateException.class, () -> tags.put(3, 3));
        assertEquals(TaskTags.NONE, tags.remove(3));
        assertEquals(2, tags.remove(2));
        tags.put(3, 3);
        assertEquals(3, tags.get(3));
    }
}
