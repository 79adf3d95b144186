package io.ffmiser.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileIdentityTest {
    @TempDir
    private Path directory = Path.of("unset");

    private Path first = Path.of("unset");
    private Path second = Path.of("unset");

    @BeforeEach
    void name() {
        first = directory.resolve("first.img");
        second = directory.resolve("second.img");
    }

    private static String identity(Path path, boolean readOnly) {
        try (FileStore store = FileStore.open(path, 512, readOnly, Runnable::run)) {
            return store.identity();
        }
    }

    private static void make(Path path) {
        FileStore.create(path, 4096, 512, Runnable::run).close();
    }

    @Test
    void shouldStayTheSame_whenTheFileIsOpenedAgain() throws IOException {
        make(first);
        String identity = identity(first, false);
        assertEquals(identity, identity(first, false));
        assertEquals(identity, identity(first, true));
        Path link = Files.createSymbolicLink(directory.resolve("link.img"), first);
        assertEquals(identity, identity(link, false));
        assertEquals(identity + "\n", Files.readString(directory.resolve("first.img.id")));
    }

    @Test
    void shouldDiffer_whenFilesDiffer() throws IOException {
        make(first);
        Files.copy(first, second);
        assertNotEquals(identity(first, false), identity(second, false));
    }

    @Test
    void shouldGoByThePlace_whenNothingIsKeptAndTheFileIsReadOnly() throws IOException {
        Files.write(first, new byte[4096]);
        Files.write(second, new byte[4096]);
        String identity = identity(first, true);
        assertEquals(identity, identity(first, true));
        assertNotEquals(identity, identity(second, true));
        assertFalse(Files.exists(directory.resolve("first.img.id")));
    }

    @Test
    void shouldRefuse_whenWhatIsKeptIsNoIdentity() throws IOException {
        make(first);
        Files.writeString(directory.resolve("first.img.id"), "");
        assertThrows(StoreException.class, () -> identity(first, false));
    }
}
