package io.ffmiser.examples;

import io.ffmiser.examples.TargetConfig.LunEntry;
import io.ffmiser.examples.TargetConfig.TargetEntry;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.FileStore;
import io.ffmiser.store.MemoryStore;
import io.ffmiser.store.StoreException;
import io.ffmiser.target.StoreSource;
import io.ffmiser.target.TargetNode;
import io.ffmiser.target.TargetOptions;
import io.ffmiser.target.TargetSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Executor;

/** Makes a target's options from its configuration. */
final class TargetAssembly {
    private static final long MAX_TRANSFER_BYTES = 1 << 30;

    private TargetAssembly() {}

    /**
     * The options.
     *
     * @throws IllegalArgumentException if the configuration contradicts itself; the message names the entry
     */
    static TargetOptions options(TargetConfig config) {
        TargetOptions.Builder options = TargetOptions.builder();
        for (String portal : config.listenOrDefault()) {
            options.portal(PortalConverter.listening(portal));
        }
        options.settings(TargetSettings.DEFAULT.withImmediateData(config.allowsImmediateData()));
        options.limits(LimitSettings.parse(config.limitsOrEmpty()));
        if (config.targetsOrEmpty().isEmpty()) {
            throw new IllegalArgumentException("no targets: nothing to serve");
        }
        for (TargetEntry entry : config.targetsOrEmpty()) {
            options.node(node(entry));
        }
        ChapEntry discovery = config.discoveryChap();
        if (discovery != null) {
            options.discoveryChap(discovery.forTarget());
        }
        if (config.openDiscovery()) {
            options.openDiscovery();
        }
        return options.build();
    }

    private static TargetNode node(TargetEntry entry) {
        String name = entry.name();
        if (name == null) {
            throw new IllegalArgumentException("a target has no name");
        }
        TargetNode.Builder node = TargetNode.named(name);
        for (String initiator : entry.allowOrEmpty()) {
            node.allow(initiator);
        }
        String maxTransfer = entry.maxTransfer();
        if (maxTransfer != null) {
            long bytes = ByteSize.parse(maxTransfer).bytes();
            if (bytes > MAX_TRANSFER_BYTES) {
                throw new IllegalArgumentException(name + ": maxTransfer must be 1G or less: " + maxTransfer);
            }
            node.maxTransferBytes((int) bytes);
        }
        ChapEntry chap = entry.chap();
        if (chap != null) {
            try {
                node.chap(chap.forTarget());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
            }
        }
        if (entry.lunsOrEmpty().isEmpty()) {
            throw new IllegalArgumentException(name + ": no luns: nothing to serve");
        }
        for (LunEntry lun : entry.lunsOrEmpty()) {
            try {
                node.logicalUnit(lun.lun(), store(lun), Objects.requireNonNullElse(lun.serial(), ""));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + ", LUN " + lun.lun() + ": " + e.getMessage(), e);
            }
        }
        return node.build();
    }

    private static StoreSource store(LunEntry lun) {
        int blockSize = lun.blockSizeOrDefault();
        if (blockSize != 512 && blockSize != 4096) {
            throw new IllegalArgumentException("blockSize must be 512 or 4096: " + blockSize);
        }
        String file = lun.file();
        String memory = lun.memory();
        if ((file == null) == (memory == null)) {
            throw new IllegalArgumentException("a disk is either file or memory");
        }
        if (memory != null) {
            long bytes = ByteSize.parse(memory).bytes();
            boolean readOnly = lun.readOnly();
            return owner -> new MemoryStore(bytes, blockSize, readOnly, owner);
        }
        Path path = Path.of(Objects.requireNonNull(file));
        String size = lun.size();
        long createBytes = size == null ? 0 : ByteSize.parse(size).bytes();
        return owner -> openFile(path, blockSize, createBytes, lun.readOnly(), owner);
    }

    /** A size that was given holds for a file that is there, too: another one means another file. */
    private static void requireSize(Path path, long wanted) {
        try {
            if (wanted != 0 && Files.isRegularFile(path) && Files.size(path) != wanted) {
                throw new StoreException(path + " exists with " + Files.size(path) + " bytes, and the size given is "
                        + wanted + "; leave the size out to serve it as it is");
            }
        } catch (IOException e) {
            throw new StoreException("cannot open " + path + ": " + Programs.reason(e), e);
        }
    }

    private static BlockStore openFile(Path path, int blockSize, long createBytes, boolean readOnly, Executor owner) {
        if (Files.exists(path)) {
            requireSize(path, createBytes);
            return FileStore.open(path, blockSize, readOnly, owner);
        }
        if (createBytes == 0) {
            throw new StoreException(path + " does not exist; give a size to create it");
        }
        return FileStore.create(path, createBytes, blockSize, owner);
    }
}
