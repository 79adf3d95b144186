package io.ffmiser.examples;

import picocli.CommandLine;

/** What both programs share: exit statuses, logging, one line for an error. */
public final class Programs {
    /** It could not be done; standard error says why. */
    static final int FAILED = 1;
    /** Data that should be the same differs. */
    static final int DIFFERENT = 3;

    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

    private Programs() {}

    /** Logs every transition, and traces of errors. To be called before anything logs. */
    static void logEverything() {
        System.setProperty(LOG_LEVEL, "debug");
    }

    /** Runs a command line; an exception becomes one line on standard error, with its trace if everything is logged. */
    public static int execute(CommandLine line, String[] args) {
        System.setProperty("org.slf4j.simpleLogger.showShortLogName", "true");
        System.setProperty(LOG_LEVEL, System.getProperty(LOG_LEVEL, "warn"));
        line.setExecutionExceptionHandler((exception, command, parsed) -> {
            String message = exception.getMessage();
            command.getErr().println(command.getCommandName() + ": " + (message == null ? exception : message));
            if ("debug".equals(System.getProperty(LOG_LEVEL))) {
                exception.printStackTrace(command.getErr());
            }
            return FAILED;
        });
        return line.execute(args);
    }
}
