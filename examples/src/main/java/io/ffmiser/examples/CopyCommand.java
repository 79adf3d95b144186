package io.ffmiser.examples;

import io.ffmiser.initiator.Initiator;
import io.ffmiser.initiator.IserUrl;
import io.ffmiser.initiator.Session;
import io.ffmiser.initiator.SessionOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
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
                "Copies a file to the start of a disk, or the start of a disk to a file; one of the two is an iser:// URL."
                        + " What is no regular file, such as a pipe, is read to its end. A disk is flushed every 256 MiB (32 MiB from a"
                        + " pipe) or 10 s and at the end; what was not flushed when the connection was lost is written again.")
final class CopyCommand implements Callable<Integer> {
    private static final String SCHEME = "iser://";
    /** Standard input or output. */
    private static final String STANDARD = "-";

    @Mixin
    private InitiatorFlags flags = new InitiatorFlags();

    @Parameters(index = "0", paramLabel = "FROM", description = "a file, - for standard input, or an iser:// URL")
    private String from = "";

    @Parameters(index = "1", paramLabel = "TO", description = "a file, - for standard output, or an iser:// URL")
    private String to = "";

    @Option(
            names = "--length",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "how much to copy (default: all of the file, or of the disk)")
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
        try (Initiator initiator = flags.openInBackground();
                Session session = initiator.login(SessionOptions.of(url));
                DiskPipe pipe = new DiskPipe(session, url.lun())) {
            return store ? store(session, url, pipe) : fetch(pipe, command.commandLine());
        } finally {
            out.flush();
        }
    }

    private int store(Session session, IserUrl url, DiskPipe pipe) throws IOException {
        CommandLine line = Objects.requireNonNull(spec).commandLine();
        DurableWrite durable = flags.durableWrite(session, url.lun(), line);
        PrintWriter out = line.getOut();
        MessageDigest sent = sha256();
        long bytes = storeFrom(pipe, durable, sent);
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

    /** Copies from the file, or from what has no size, such as a pipe, to its end; gives how many bytes. */
    private long storeFrom(DiskPipe pipe, DurableWrite durable, MessageDigest sent) throws IOException {
        long most = length == null ? StreamWrite.TO_THE_END : length.bytes();
        if (from.equals(STANDARD)) {
            return storeStream(pipe, durable, Channels.newChannel(System.in), most, sent);
        }
        Path path = Programs.readable(Path.of(from));
        if (!Files.isRegularFile(path)) {
            try (ReadableByteChannel stream = Files.newByteChannel(path)) {
                return storeStream(pipe, durable, stream, most, sent);
            }
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long bytes = length == null ? file.size() : most;
            if (bytes > file.size()) {
                throw new IOException(
                        from + " has " + file.size() + " bytes, fewer than the " + bytes + " of --length");
            }
            try (Progress progress = new Progress("write", bytes)) {
                new FileWrite(pipe, durable, sent::update, progress).write(file, bytes);
            }
            return bytes;
        }
    }

    private static long storeStream(
            DiskPipe pipe, DurableWrite durable, ReadableByteChannel stream, long most, MessageDigest sent)
            throws IOException {
        try (Progress progress = new Progress("write", most)) {
            return new StreamWrite(pipe, durable, StreamWrite.WINDOW, sent::update, progress).write(0, stream, most);
        }
    }

    private int fetch(DiskPipe pipe, CommandLine line) throws IOException {
        long bytes = length == null ? pipe.capacity().bytes() : length.bytes();
        if (to.equals(STANDARD)) {
            fetchInto(pipe, bytes, Channels.newChannel(StandardOutput.octets()));
            return 0;
        }
        Path path = Path.of(to);
        boolean isFile;
        try (FileChannel file = FileChannel.open(
                path, StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
            isFile = Files.isRegularFile(path);
            fetchInto(pipe, bytes, file);
            if (isFile) {
                file.force(true); // a pipe or a terminal has nothing to force: EINVAL
            }
        }
        // What is no file may be standard output: its reader wants the data alone.
        PrintWriter told = isFile ? line.getOut() : line.getErr();
        told.println("read " + ByteSize.format((double) bytes) + " into " + to);
        return 0;
    }

    private static void fetchInto(DiskPipe pipe, long bytes, WritableByteChannel sink) throws IOException {
        try (Progress progress = new Progress("read", bytes)) {
            pipe.read(
                    0,
                    bytes,
                    piece -> {
                        while (piece.hasRemaining()) {
                            sink.write(piece);
                        }
                    },
                    progress);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
