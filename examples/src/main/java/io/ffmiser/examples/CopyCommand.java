package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code copy}: a file to a disk, or a disk to a file. */
@Command(
        name = "copy",
        mixinStandardHelpOptions = true,
        description =
                "Copies a file to the start of a disk, or the start of a disk to a file; one of the two is an iser:// URL.")
final class CopyCommand implements Callable<Integer> {
    private static final String SCHEME = "iser://";

    @Mixin
    private InitiatorFlags flags = new InitiatorFlags();

    @Parameters(index = "0", paramLabel = "FROM", description = "a file or iser:// URL")
    private String from = "";

    @Parameters(index = "1", paramLabel = "TO", description = "a file or iser:// URL")
    private String to = "";

    @Option(
            names = "--length",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "how much of a disk to copy (default: all of it)")
    private @Nullable ByteSize length;

    @Option(names = "--verify", description = "after copying to a disk: flush, read it back, and compare SHA-256 sums")
    private boolean verify;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        if (from.startsWith(SCHEME) == to.startsWith(SCHEME)) {
            throw new ParameterException(
                    command.commandLine(), "one of FROM and TO is a file, the other an iser:// URL");
        }
        boolean store = to.startsWith(SCHEME);
        IserUrl url;
        try {
            url = IserUrl.parse(store ? to : from);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
        PrintWriter out = command.commandLine().getOut();
        try (Initiator initiator = flags.open();
                Session session = initiator.login(SessionOptions.of(url));
                DiskPipe pipe = new DiskPipe(initiator, session, url.lun())) {
            return store ? store(session, url, pipe, out) : fetch(pipe, out);
        } finally {
            out.flush();
        }
    }

    private int store(Session session, IserUrl url, DiskPipe pipe, PrintWriter out) throws IOException {
        try (FileChannel file = FileChannel.open(Path.of(from), StandardOpenOption.READ)) {
            long bytes = file.size();
            MessageDigest sent = sha256();
            try (Progress progress = new Progress("write", bytes)) {
                pipe.write(
                        0,
                        bytes,
                        piece -> {
                            int start = piece.position();
                            while (piece.hasRemaining() && file.read(piece) >= 0) {
                                // reads on
                            }
                            sent.update(piece.duplicate().flip().position(start));
                        },
                        progress);
            }
            session.flush(url.lun());
            out.println("flushed  " + ByteSize.format((double) bytes));
            if (!verify) {
                return 0;
            }
            MessageDigest read = sha256();
            try (Progress progress = new Progress("read back", bytes)) {
                pipe.read(0, bytes, read::update, progress);
            }
            String sentSum = HexFormat.of().formatHex(sent.digest());
            String readSum = HexFormat.of().formatHex(read.digest());
            boolean same = sentSum.equals(readSum);
            out.println("sha-256 of the file  " + sentSum);
            out.println("sha-256 of the disk  " + readSum);
            out.println(same ? "identical" : "DIFFERENT");
            return same ? 0 : Programs.DIFFERENT;
        }
    }

    private int fetch(DiskPipe pipe, PrintWriter out) throws IOException {
        long bytes = length == null ? pipe.capacity().bytes() : length.bytes();
        try (FileChannel file = FileChannel.open(
                        Path.of(to),
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                Progress progress = new Progress("read", bytes)) {
            pipe.read(
                    0,
                    bytes,
                    piece -> {
                        while (piece.hasRemaining()) {
                            file.write(piece);
                        }
                    },
                    progress);
            file.force(true);
        }
        out.println("read " + ByteSize.format((double) bytes) + " into " + to);
        return 0;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
