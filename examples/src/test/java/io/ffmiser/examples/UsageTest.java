package io.ffmiser.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.target.TargetLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the programs say of a wrong command line or configuration; in this process. */
class UsageTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void shouldNameTheFlags_whenTheyStandBesideConfig() throws IOException {
        Path config = Files.writeString(directory.resolve("target.yaml"), "targets: []\n");
        String errors =
                misuse(new TargetProgram(), "--config", config.toString(), "--read-only", "-b", "4096", "--set", "a=b");
        assertTrue(errors.contains("--read-only, --block-size, --set beside --config"), errors);
        assertTrue(misuse(new TargetProgram(), "-c", config.toString(), "--idle-spin", "5")
                .contains("no targets"));
    }

    @Test
    void shouldSayItInTwoLines_whenTheUsageIsWrong() {
        assertEquals(
                "iser-initiator: Unmatched argument at index 0: 'lss'",
                misuse(new InitiatorProgram(), "lss").lines().findFirst().orElse(""));
        String read = misuse(new InitiatorProgram(), "read", "iser://h/iqn.2026-11.org.example:x/0");
        assertTrue(read.startsWith("iser-initiator read: Missing required option: '--length=SIZE'"), read);
        assertTrue(read.endsWith("Try 'iser-initiator read --help'.\n"), read);
    }

    @Test
    void shouldSayWhyInWords_whenAFileCannotBeRead() {
        Path missing = directory.resolve("missing.yaml");
        String errors = misuse(new TargetProgram(), "--config", missing.toString());
        assertTrue(errors.contains(missing + ": no such file or directory"), errors);
        assertFalse(errors.contains("Exception"), errors);
        assertEquals("x: no such file or directory", Programs.reason(new NoSuchFileException("x")));
        assertFalse(Programs.reason(new IllegalStateException()).contains("null"));
    }

    @Test
    void shouldNameTheFile_whenItCannotBeUsed() {
        String here = directory.toString();
        assertTrue(misuse(new TargetProgram(), "--config", here).contains(here + ": is a directory"));
        assertTrue(misuse(
                        new TargetProgram(),
                        "-m",
                        "1M",
                        "--chap-user",
                        "a",
                        "--chap-secret-file",
                        here,
                        "--allow-readable-secrets")
                .contains(here + ": is a directory"));
        String missing = directory.resolve("missing/disk").toString();
        assertEquals(
                "iser-target: cannot create " + missing + ": no such file or directory\n",
                refused("--file", missing, "--size", "1M"));
    }

    @Test
    void shouldSayWhatAPageIs_whenItIsNone() {
        String url = "iser://127.0.0.1:1/iqn.2026-11.org.example:x/0";
        assertTrue(misuse(new InitiatorProgram(), "inq", "--page", "zz", url).contains("'zz' is not a page"));
    }

    @Test
    void shouldWriteTheSameDigits_whenTheLocaleHasOthers() {
        Locale before = Locale.getDefault(Locale.Category.FORMAT);
        try {
            Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertEquals("\u0661", "%d".formatted(1), "as the platform does by itself");
            assertTrue(misuse(new InitiatorProgram(), "lss").contains("index 0"));
            assertEquals("1", "%d".formatted(1));
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
    }

    @Test
    void shouldSayWhere_whenAKeyStandsTwice() throws IOException {
        String errors =
                configured("targets:\n  - name: iqn.2026-11.org.example:a\n    name: iqn.2026-11.org.example:b\n");
        assertTrue(errors.contains("target.yaml:3:"), errors);
        assertTrue(errors.contains("Duplicate field 'name'"), errors);
    }

    @Test
    void shouldNameNoJavaClass_whenAValueHasTheWrongForm() throws IOException {
        for (String wrong : new String[] {
            "targets: 5",
            "listen: {a: b}",
            "targets: [{luns: [{lun: x}]}]",
            "targets: [{luns: [{lun: 0, readOnly: perhaps}]}]",
            "targets: [{lun: 0}]",
            "targets: [5]"
        }) {
            String errors = configured(wrong);
            assertFalse(errors.contains("java") || errors.contains("ffmiser") || errors.contains("$"), errors);
        }
    }

    @Test
    void shouldRefuseToServe_whenANameIsNoneOrNothingIsThere() throws IOException {
        String name = "iqn.2026-11.org.example:a";
        assertTrue(misuse(new TargetProgram(), "-m", "1M", "-n", "disks").contains("'disks' is not an iSCSI name"));
        assertTrue(
                misuse(new TargetProgram(), "-m", "1M", "--allow", "iqn.host").contains("'iqn.host' is not"));
        assertTrue(configured("targets: [{name: " + name + "}]").contains(name + ": no luns"));
    }

    @Test
    void shouldQuoteThePortal_whenItIsNone() {
        for (String wrong : List.of("h:x", "127.0.0.1:65536", "[::1]5", "[::1", "1:2:3", "")) {
            String listen = misuse(new TargetProgram(), "-m", "1M", "--listen", wrong);
            assertTrue(listen.contains("'" + wrong + "' is not HOST[:PORT]: "), listen);
            String ls = misuse(new InitiatorProgram(), "ls", wrong);
            assertTrue(ls.contains("'" + wrong + "' is not HOST[:PORT]: "), ls);
        }
        assertTrue(misuse(new InitiatorProgram(), "ls", "127.0.0.1:0").contains("the port is 1 to 65535: 0"));
    }

    @Test
    void shouldBoundTheTarget_whenLimitsAreGiven() {
        TargetLimits limits = LimitSettings.parse(Map.of(
                "maxSessions",
                "100",
                "bufferPoolBytes",
                "1G",
                "minimumRate",
                "1M",
                "discovery",
                "2m",
                "data",
                "500 ms"));
        assertEquals(100, limits.maxSessions());
        assertEquals(1 << 30, limits.bufferPoolBytes());
        assertEquals(1 << 20, limits.minimumRate());
        assertEquals(Duration.ofMinutes(2), limits.discovery());
        assertEquals(Duration.ofMillis(500), limits.data());
        assertEquals(TargetLimits.DEFAULT.maxLogins(), limits.maxLogins());
        assertEquals(TargetLimits.DEFAULT, LimitSettings.parse(Map.of()));
    }

    @Test
    void shouldSayWhatIsWrong_whenALimitMakesNoSense() throws IOException {
        Map<String, String> wrong = Map.of(
                "maxSession=5", "no limit is named maxSession; there are maxConnections, maxLogins,",
                "maxSessions=0", "maxSessions must be 1 or more: 0",
                "maxSessions=65536", "maxSessions must be 65535 or less",
                "maxLogins=3G", "limit maxLogins: '3G' is too large",
                "maxLogins=-1", "limit maxLogins: '-1' is not a size",
                "discovery=20", "limit discovery: '20' is not a time; write 500ms, 20s or 2m",
                "discovery=0s", "discovery must be positive",
                "data=2000m", "data must be positive, and a day at most",
                "bufferPoolBytes=4K", "bufferPoolBytes must hold one chunk");
        for (Map.Entry<String, String> each : wrong.entrySet()) {
            String errors = misuse(new TargetProgram(), "-m", "1M", "--limit", each.getKey());
            assertTrue(errors.contains(each.getValue()), errors);
        }
        assertTrue(configured("limits: {maxSessions: 0}").contains("maxSessions must be 1 or more"));
        assertTrue(configured("limits: 5").contains("/limits: not a mapping"));
    }

    @Test
    void shouldNotTakeTheDefault_whenTheFileNamesAnEntryWithoutAValue() throws IOException {
        assertTrue(configured("limits: {maxSessions: }").contains("/limits/maxSessions: not a text"));
        assertTrue(configured("settings: {iwarp.crc: }").contains("/settings/iwarp.crc: not a text"));
        assertTrue(configured("listen: [~]").contains("/listen[0]: not a text"));
        assertTrue(configured("targets: [~]").contains("/targets[0]: "));
    }

    @Test
    void shouldStandInTheDocument_whateverCanBeLimited() throws IOException {
        String document = Files.readString(Path.of("../docs/howto/limits.md"));
        for (RecordComponent limit : TargetLimits.class.getRecordComponents()) {
            assertTrue(document.contains("| `" + limit.getName() + "` |"), limit::getName);
        }
    }

    @Test
    void shouldCountExactly_whenASizeIsGiven() {
        assertEquals(9_007_199_254_740_993L, ByteSize.parse("9007199254740993").bytes());
        assertEquals(Long.MAX_VALUE, ByteSize.parse("9223372036854775807").bytes());
        assertEquals(1536L << 20, ByteSize.parse("1.5 GiB").bytes());
        for (String wrong : new String[] {"9223372036854775808", "8192P", "9000000P", "0.3K", "1.5", "\u0661K", "-1"}) {
            assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(wrong), wrong);
        }
    }

    @Test
    void shouldLeaveTheFileAlone_whenItDoesNotSuit() throws Exception {
        Path file = Files.write(directory.resolve("disk.img"), new byte[4096]);
        assertTrue(refused("--file", file.toString(), "--size", "8K").contains("exists with 4096 bytes"));
        Path pipe = directory.resolve("pipe");
        assertEquals(
                0,
                ProgramRun.of(List.of("mkfifo", pipe.toString()), Path.of("/dev/null"))
                        .exitCode());
        assertTrue(refused("--file", pipe.toString()).contains("is not a regular file"));
        Path large = directory.resolve("large.img");
        refused("--file", large.toString(), "--size", "8000P");
        assertFalse(Files.exists(large), "what a failed creation began");
    }

    @Test
    void shouldRefuseTheSecret_whenOthersCanReadItsFile() throws Exception {
        String[] flags = {"--memory", "4M", "--chap-user", "host", "--chap-secret-file"};
        for (String permissions : List.of("rw-r--r--", "rw-r-----", "rw-----w-")) {
            Path file = Secrets.write(directory.resolve("secret"), "elevenchars", permissions);
            String errors = misuse(new TargetProgram(), with(flags, file.toString()));
            assertTrue(errors.contains(file + " has mode 06"), errors);
            assertTrue(errors.contains("chmod 600 " + file), errors);
            // Read, it is found to be too short.
            String allowed = misuse(new TargetProgram(), with(flags, file.toString(), "--allow-readable-secrets"));
            assertTrue(allowed.contains("96 bits"), allowed);
            String chap =
                    "targets: [{name: iqn.2026-11.org.example:a, chap: {user: host, secretFile: " + file + "%s}}]";
            assertTrue(configured(chap.formatted("")).contains("chmod 600"));
            assertTrue(configured(chap.formatted(", readableSecrets: true")).contains("96 bits"));
        }
        assertTrue(misuse(
                        new InitiatorProgram(),
                        "inq",
                        "--chap-user",
                        "host",
                        "--chap-secret-file",
                        directory.resolve("secret").toString(),
                        "iser://127.0.0.1:1/iqn.2026-11.org.example:a/0")
                .contains("chmod 600"));
        Path own = Secrets.write(directory.resolve("own"), "elevenchars", "r--------");
        assertTrue(misuse(new TargetProgram(), with(flags, own.toString())).contains("96 bits"));
    }

    private static String[] with(String[] flags, String... more) {
        return Stream.concat(Stream.of(flags), Stream.of(more)).toArray(String[]::new);
    }

    private static String refused(String... arguments) {
        StringWriter errors = new StringWriter();
        CommandLine line = new CommandLine(new TargetProgram()).setErr(new PrintWriter(errors, true));
        String[] all = with(new String[] {"--listen", "127.0.0.1:0"}, arguments);
        assertEquals(1, Programs.execute(line, all), errors.toString());
        assertEquals(1, errors.toString().lines().count(), errors.toString());
        return errors.toString();
    }

    private String configured(String yaml) throws IOException {
        Path config = Files.writeString(directory.resolve("target.yaml"), yaml);
        return misuse(new TargetProgram(), "--config", config.toString());
    }

    private static String misuse(Object program, String... arguments) {
        StringWriter errors = new StringWriter();
        CommandLine line = new CommandLine(program).setErr(new PrintWriter(errors, true));
        assertEquals(2, Programs.execute(line, arguments), errors.toString());
        assertEquals(2, errors.toString().lines().count(), errors.toString());
        return errors.toString();
    }
}
