package io.ffmiser.examples;

import io.ffmiser.text.PeerText;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine;

/** What both programs share: exit statuses, logging, one line for an error. */
public final class Programs {
    /** It could not be done; standard error says why. */
    static final int FAILED = 1;
    /** Data that should be the same differs. */
    static final int DIFFERENT = 3;

    /** Who reads the output has gone, as with {@code | head}: as for a process that SIGPIPE ended. */
    static final int READER_GONE = 128 + 13;

    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

    private Programs() {}

    /** Logs every transition, and traces of errors. To be called before anything logs. */
    static void logEverything() {
        System.setProperty(LOG_LEVEL, "debug");
    }

    /** Runs a program with its errors reported, and ends the process. */
    public static void main(Object program, String[] args) {
        System.exit(execute(new CommandLine(program).setOut(StandardOutput.text()), args));
    }

    /** Runs a command line; an exception becomes one line on standard error, with its trace if everything is logged. */
    public static int execute(CommandLine line, String[] args) {
        System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
        System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
        System.setProperty("org.slf4j.simpleLogger.showDateTime", "true");
        System.setProperty("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
        System.setProperty(LOG_LEVEL, System.getProperty(LOG_LEVEL, "warn"));
        // Numbers are the same everywhere, and scripts can read them.
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        line.setParameterExceptionHandler((exception, arguments) -> misused(exception));
        line.setExecutionExceptionHandler((exception, command, parsed) -> failed(exception, command));
        line.setExecutionStrategy(parsed -> {
            try {
                return new CommandLine.RunLast().execute(parsed);
            } catch (StandardOutput.Failed e) { // while it printed help
                return failed(e, line);
            }
        });
        try {
            int status = line.execute(args);
            line.getOut().flush();
            return status;
        } catch (StandardOutput.Failed e) {
            return failed(e, line);
        }
    }

    /** One line that says what is wrong, one that says where usage stands. */
    private static int misused(CommandLine.ParameterException exception) {
        CommandLine command = exception.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + PeerText.escape(String.valueOf(exception.getMessage())));
        command.getErr().println("Try '" + name + " --help'.");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static int failed(Exception exception, CommandLine command) {
        if (isBrokenPipe(exception)) {
            return READER_GONE;
        }
        String message = reason(exception);
        command.getErr().println(command.getCommandName() + ": " + PeerText.escape(message));
        if ("debug".equals(System.getProperty(LOG_LEVEL))) {
            exception.printStackTrace(command.getErr());
        }
        return FAILED;
    }

    /**
     * A file to be read.
     *
     * @throws FileSystemException if it is a directory, whose name the platform's own message would lack
     */
    static Path readable(Path file) throws FileSystemException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a directory");
        }
        return file;
    }

    /** What went wrong, in words: the platform's exceptions about files often have only the file's name, or nothing. */
    static String reason(Throwable exception) {
        String message = exception.getMessage();
        return switch (exception) {
            case NoSuchFileException e -> e.getFile() + ": no such file or directory";
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case FileAlreadyExistsException e -> e.getFile() + ": exists already";
            case CharacterCodingException e -> "it is not UTF-8";
            default ->
                message != null ? message : "failed: " + exception.getClass().getSimpleName();
        };
    }

    /** EPIPE: who read what is written has gone; the JVM ignores SIGPIPE. */
    private static boolean isBrokenPipe(Exception exception) {
        Throwable cause = exception instanceof StandardOutput.Failed ? exception.getCause() : exception;
        return cause instanceof IOException && "Broken pipe".equals(cause.getMessage());
    }
}
