package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code write}: bytes from standard input or a file to a disk. */
@Command(
        name = "write",
        mixinStandardHelpOptions = true,
        description =
                "Writes bytes to a disk, from standard input or a file, up to its end; offset and length need not be whole"
                        + " blocks. It flushes every 32 MiB or 10 s and at the end; what was not flushed when the connection"
                        + " was lost is written again.")
final class WriteCommand implements Callable<Integer> {
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

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        IserUrl disk = Objects.requireNonNull(url);
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        try (Initiator initiator = flags.openInBackground();
                Session session = initiator.login(SessionOptions.of(disk));
                DiskPipe pipe = new DiskPipe(session, disk.lun());
                ReadableByteChannel in =
                        file == null ? Channels.newChannel(System.in) : Files.newByteChannel(Programs.readable(file))) {
            DurableWrite durable = flags.durableWrite(session, disk.lun(), line);
            new StreamWrite(pipe, durable, StreamWrite.WINDOW, portion -> {}, done -> {})
                    .write(offset.bytes(), in, StreamWrite.TO_THE_END);
        }
        return 0;
    }
}
