package io.ffmiser.datamover.iser;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.ffmiser.testkit.fuzz.FuzzRun;
import org.junit.jupiter.api.Test;

class IserFuzzTest {
    @Test
    void shouldNotifyOrEnd_whenIserMessagesAreFuzzed() {
        assertEquals(8, FuzzRun.of(IserMessageFuzz.class).check().seeds());
    }
}
