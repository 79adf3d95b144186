package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code write}: bytes from standard input or a file to a disk. */
@Command(
        name = "write",
        mixinStandardHelpOptions = true,
        description =
                "Writes bytes to a disk, from standard input or a file, up to its end, and flushes; offset and length need not be "
                        + "whole blocks.")
final class WriteCommand implements Callable<Integer> {
    private static final int PORTION = 8 << 20;

    @Mixin
    private InitiatorFlags flags = new InitiatorFlags();

    @Parameters(paramLabel = "URL", converter = UrlConverter.class, description = "iser://host[:port]/target-name/lun")
    private @Nullable IserUrl url;

    @Option(
            names = {"-o", "--offset"},
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "first byte (default 0)")
    private ByteSize offset = new ByteSize(0);

    @Option(names = "--from", paramLabel = "FILE", description = "a file instead of standard input")
    private @Nullable Path file;

    @Override
    public Integer call() throws IOException {
        IserUrl disk = Objects.requireNonNull(url);
        try (Initiator initiator = flags.open();
                Session session = initiator.login(SessionOptions.of(disk));
                DiskPipe pipe = new DiskPipe(initiator, session, disk.lun());
                ReadableByteChannel in = file == null ? Channels.newChannel(System.in) : Files.newByteChannel(file)) {
            ByteBuffer portion = ByteBuffer.allocateDirect(PORTION);
            long at = offset.bytes();
            boolean more = true;
            while (more) {
                portion.clear();
                while (portion.hasRemaining() && more) {
                    more = in.read(portion) >= 0;
                }
                portion.flip();
                pipe.write(
                        at,
                        portion.remaining(),
                        piece -> {
                            int count = piece.remaining();
                            piece.put(portion.slice(portion.position(), count));
                            portion.position(portion.position() + count);
                        },
                        done -> {});
                at += portion.limit();
            }
            session.flush(disk.lun());
        }
        return 0;
    }
}
