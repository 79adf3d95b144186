package io.ffmiser.testkit.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Fuzzes one target in a process of its own (Jazzer fuzzes one target a process). A target is a class in the test sources with
 *
 * <pre>{@code public static void fuzzerTestOneInput(byte[] input)}</pre>
 *
 * that throws when the code under test misbehaves. Its seeds are the files in the class path directory {@code fuzz/<SimpleName>}, that
 * is {@code src/test/resources/fuzz/<SimpleName>}: inputs worth starting from, and every input that once failed. A test is one line:
 *
 * <pre>{@code
 * @Test
 * void shouldNotThrow_whenMpaFrameIsFuzzed() {
 *     FuzzRun.of(MpaFrameFuzz.class).check();
 * }
 * }</pre>
 *
 * <p>{@link #check} runs the seeds here first, then fuzzes for {@code -Dfuzz.seconds} (default 2; 0 leaves it at the seeds). The run's log,
 * what it found worth keeping, and a failing input go to {@code target/fuzz/<SimpleName>}.
 */
public final class FuzzRun {
    /** Seconds to fuzz each target. */
    public static final String SECONDS_PROPERTY = "fuzz.seconds";

    private static final String DEFAULT_SECONDS = "2";
    /** Beyond the fuzzing time, for starting and stopping on a busy machine. */
    private static final Duration GRACE = Duration.ofMinutes(2);
    /** One input must not take longer: a hang is a failure. */
    private static final int INPUT_SECONDS = 10;

    private static final int LOG_TAIL_LINES = 40;
    private static final Pattern EXECUTED = Pattern.compile("stat::number_of_executed_units:\\s*(\\d+)");
    private static final Pattern COVERAGE = Pattern.compile("\\bcov: (\\d+)");

    /** Jazzer's detectors for SQL, LDAP, regular expressions and the like: they instrument the JDK and find nothing in a codec. */
    private static final String UNUSED_DETECTORS = Stream.of(
                    "ClojureLangHooks",
                    "Deserialization",
                    "ExpressionLanguageInjection",
                    "LdapInjection",
                    "NamingContextLookup",
                    "OsCommandInjection",
                    "ReflectiveCall",
                    "RegexInjection",
                    "RegexRoadblocks",
                    "ScriptEngineInjection",
                    "ServerSideRequestForgery",
                    "SqlInjection",
                    "XPathInjection")
            .map("com.code_intelligence.jazzer.sanitizers."::concat)
            .reduce((left, right) -> left + ":" + right)
            .orElseThrow();

    private final Class<?> target;
    private final Path directory;

    private FuzzRun(Class<?> target) {
        this.target = target;
        directory = Path.of("target", "fuzz", target.getSimpleName()).toAbsolutePath();
    }

    public static FuzzRun of(Class<?> target) {
        return new FuzzRun(target);
    }

    /**
     * A test for each target, with its name, that {@link #check}s it and prints what came of it. As many run side by side as there are
     * processors, for a fuzzer computes on one.
     */
    public static List<DynamicTest> sideBySide(Class<?>... targets) {
        ExecutorService executor =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        List<DynamicTest> tests = new ArrayList<>();
        for (Class<?> target : targets) {
            Future<Result> run = executor.submit(() -> of(target).check());
            tests.add(DynamicTest.dynamicTest(target.getSimpleName(), () -> report(target, run)));
        }
        executor.shutdown(); // once these have run
        return tests;
    }

    private static void report(Class<?> target, Future<Result> run) throws Exception {
        try {
            System.out.println(target.getSimpleName() + ": " + run.get());
        } catch (ExecutionException e) {
            throw new AssertionError("fuzzing " + target.getSimpleName() + " failed", e.getCause());
        }
    }

    /**
     * What a run did.
     *
     * @param executions inputs tried by the fuzzer; 0 if only the seeds ran
     * @param coverage edges that it reached
     */
    public record Result(int seeds, long executions, long coverage) {}

    /**
     * Runs the seeds, then the fuzzer for as long as the system property says.
     *
     * @throws AssertionError if an input fails, the fuzzer does not run, or it runs without seeing the code's coverage
     */
    public Result check() {
        return check(Integer.parseInt(System.getProperty(SECONDS_PROPERTY, DEFAULT_SECONDS)));
    }

    /** As {@link #check()}, for the given time. */
    public Result check(int seconds) {
        try {
            Path seeds = seedDirectory();
            int count = runSeeds(seeds);
            return seconds == 0 ? new Result(count, 0, 0) : fuzz(seeds, count, seconds);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while fuzzing " + target, e);
        }
    }

    private int runSeeds(Path seeds) throws IOException {
        List<Path> files;
        try (Stream<Path> listing = Files.list(seeds)) {
            files = listing.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            byte[] input = Files.readAllBytes(file);
            try {
                MethodHandles.publicLookup()
                        .findStatic(target, "fuzzerTestOneInput", MethodType.methodType(void.class, byte[].class))
                        .invoke(input);
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed " + file.getFileName() + " (" + HexFormat.of().formatHex(input) + ") fails " + target, e);
            }
        }
        return files.size();
    }

    private Result fuzz(Path seeds, int seedCount, int seconds) throws IOException, InterruptedException {
        Path corpus = Files.createDirectories(directory.resolve("corpus"));
        Path log = directory.resolve("log.txt");
        Process process = new ProcessBuilder(command(corpus, seeds, seconds))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended;
        try {
            ended = process.waitFor(seconds + GRACE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            process.destroyForcibly();
        }
        String output = Files.readString(log);
        if (!ended || process.exitValue() != 0) {
            throw failure(ended ? "ended with " + process.exitValue() : "did not end", log, output);
        }
        long executions = last(EXECUTED, output);
        long coverage = last(COVERAGE, output);
        if (executions == 0 || coverage == 0) {
            throw failure(executions + " executions with coverage " + coverage + ": nothing was fuzzed", log, output);
        }
        return new Result(seedCount, executions, coverage);
    }

    private List<String> command(Path corpus, Path seeds, int seconds) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx512m");
        command.add("-XX:+UseSerialGC");
        command.add("-XX:+EnableDynamicAgentLoading");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-ea");
        command.add("-cp");
        // Surefire's own class path is a jar that names the real one.
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add("com.code_intelligence.jazzer.Jazzer");
        command.add("--target_class=" + target.getName());
        command.add("--instrumentation_includes=io.ffmiser.**");
        command.add("--custom_hook_includes=io.ffmiser.**");
        command.add("--disabled_hooks=" + UNUSED_DETECTORS);
        command.add("-max_total_time=" + seconds);
        command.add("-timeout=" + INPUT_SECONDS);
        // What it measures is the peak of the process that started it, where that was larger (getrusage(2)); -Xmx
        // bounds the heap.
        command.add("-rss_limit_mb=0");
        command.add("-seed=1");
        command.add("-print_final_stats=1");
        command.add(corpus.toString());
        command.add(seeds.toString());
        return command;
    }

    private Path seedDirectory() throws IOException {
        URL url = target.getResource("/fuzz/" + target.getSimpleName());
        if (url == null) {
            throw new AssertionError("no seeds: src/test/resources/fuzz/" + target.getSimpleName() + " is missing");
        }
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IOException("not a directory: " + url, e);
        }
    }

    private AssertionError failure(String what, Path log, String output) {
        List<String> lines = output.lines().toList();
        String tail = String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
        return new AssertionError("fuzzing " + target.getName() + " " + what + "; log: " + log + "\n" + tail);
    }

    private static long last(Pattern pattern, String text) {
        long found = 0;
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found = Long.parseLong(matcher.group(1));
        }
        return found;
    }
}
