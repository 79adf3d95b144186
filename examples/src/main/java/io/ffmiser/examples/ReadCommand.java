package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code read}: bytes of a disk to standard output or a file. */
@Command(
        name = "read",
        mixinStandardHelpOptions = true,
        description =
                "Reads bytes of a disk, to standard output or a file; offset and length need not be whole blocks.")
final class ReadCommand implements Callable<Integer> {
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

    @Option(
            names = {"-n", "--length"},
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            required = true,
            description = "how many bytes")
    private ByteSize length = new ByteSize(0);

    @Option(names = "--to", paramLabel = "FILE", description = "a file instead of standard output")
    private @Nullable Path file;

    @Override
    public Integer call() throws IOException {
        if (file == null) {
            copyTo(StandardOutput.octets());
        } else {
            try (OutputStream out = Files.newOutputStream(file)) {
                copyTo(out);
            }
        }
        return 0;
    }

    private void copyTo(OutputStream out) throws IOException {
        IserUrl disk = Objects.requireNonNull(url);
        WritableByteChannel channel = Channels.newChannel(out);
        try (Initiator initiator = flags.openInBackground();
                Session session = initiator.login(SessionOptions.of(disk));
                DiskPipe pipe = new DiskPipe(session, disk.lun())) {
            pipe.read(
                    offset.bytes(),
                    length.bytes(),
                    piece -> {
                        while (piece.hasRemaining()) {
                            channel.write(piece);
                        }
                    },
                    done -> {});
        }
        out.flush();
    }
}
