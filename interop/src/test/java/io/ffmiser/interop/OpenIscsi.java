package io.ffmiser.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Linux's own initiator: open-iscsi's iscsid and iscsiadm over the kernel's ib_iser. Closing logs out of everything and kills iscsid.
 * One at a time: iscsid and its database of nodes belong to the machine.
 */
final class OpenIscsi implements AutoCloseable {
    /** What {@link #transport} answers of a session that ib_iser carries, and never of one over TCP. */
    static final String TRANSPORT = "iscsi_iser";

    private static final Duration LOGIN = Duration.ofSeconds(90);
    private static final Duration DISKS = Duration.ofSeconds(60);
    private static final Path DATABASE = Path.of("/etc/iscsi");
    private static final Path SESSIONS = Path.of("/sys/class/iscsi_session");
    private static final String INTERFACE = "iser";

    private final Program iscsid;

    private OpenIscsi(Program iscsid) {
        this.iscsid = iscsid;
    }

    /** Starts iscsid with an empty database. */
    static OpenIscsi start() throws IOException, InterruptedException {
        Program.run("modprobe", "-a", "ib_iser", "sd_mod", "sg");
        Program.shell(
                LOGIN, "rm -rf %1$s/nodes %1$s/send_targets /run/lock/iscsi; mkdir -p /run/lock".formatted(DATABASE));
        Program iscsid = Program.start("iscsid", "-f", "-d", "2");
        try {
            Lab.await(
                    "iscsid answers",
                    Duration.ofSeconds(30),
                    () -> Program.attempt(LOGIN, "iscsiadm", "-m", "iface").status() == 0);
        } catch (IOException | InterruptedException | AssertionError e) {
            iscsid.close();
            throw e;
        }
        return new OpenIscsi(iscsid);
    }

    /** Of open-iscsi and of the kernel whose ib_iser it drives. */
    static String version() throws IOException, InterruptedException {
        return Program.run("iscsiadm", "--version").strip() + ", Linux "
                + Program.run("uname", "-r").strip();
    }

    /** SendTargets over iSER; what iscsiadm prints, a line a portal of a target. */
    List<String> discover(String portal) throws IOException, InterruptedException {
        return Program.attempt(
                        LOGIN, "iscsiadm", "-m", "discoverydb", "-t", "st", "-p", portal, "-I", INTERFACE, "--discover")
                .orThrow()
                .lines()
                .toList();
    }

    /** Sets a field of the node's record, such as node.session.auth.authmethod. */
    void set(String portal, String field, String value) throws IOException, InterruptedException {
        node(portal, "-o", "update", "-n", field, "-v", value).orThrow();
    }

    /** Logs in and tells whether that went well; what it printed says why not. */
    Program.Outcome tryLogin(String portal) throws IOException, InterruptedException {
        return node(portal, "--login");
    }

    /** Logs in. The disks may appear only later: {@link #awaitDisks}. */
    void login(String portal) throws IOException, InterruptedException {
        tryLogin(portal).orThrow();
    }

    void logout(String portal) throws IOException, InterruptedException {
        node(portal, "--logout").orThrow();
    }

    private static Program.Outcome node(String portal, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("iscsiadm", "-m", "node", "-T", OurTarget.NAME, "-p", portal, "-I", INTERFACE));
        command.addAll(List.of(arguments));
        return Program.attempt(LOGIN, command.toArray(String[]::new));
    }

    /** Disks by LUN, as soon as there are so many. */
    Map<Integer, Path> awaitDisks(int count) throws IOException, InterruptedException {
        Lab.await(count + " disks appear", DISKS, () -> disks().size() == count);
        Program.attempt(DISKS, "udevadm", "settle");
        return disks();
    }

    /** The only disk. */
    Path awaitDisk() throws IOException, InterruptedException {
        return awaitDisks(1).values().iterator().next();
    }

    private static Map<Integer, Path> disks() {
        Map<Integer, Path> disks = new LinkedHashMap<>();
        for (Path device : list(Path.of("/sys/class/scsi_disk"))) {
            // HOST:CHANNEL:ID:LUN
            String address = device.getFileName().toString();
            for (Path block : list(device.resolve("device/block"))) {
                Path node = Path.of("/dev", block.getFileName().toString());
                if (Files.exists(node)) {
                    disks.put(Integer.valueOf(address.substring(address.lastIndexOf(':') + 1)), node);
                }
            }
        }
        return disks;
    }

    /** A field of the only session, as the kernel has it, such as initial_r2t. */
    String sessionField(String field) throws IOException {
        List<Path> sessions = list(SESSIONS);
        if (sessions.size() != 1) {
            throw new AssertionError("not one session but " + sessions);
        }
        return read(sessions.get(0).resolve(field));
    }

    /** How the only session is carried: the name of the driver, such as {@link #TRANSPORT} or iscsi_tcp. */
    String transport() throws IOException {
        List<Path> hosts = list(Path.of("/sys/class/iscsi_host"));
        if (hosts.size() != 1) {
            throw new AssertionError("not one iSCSI host but " + hosts);
        }
        return read(Path.of("/sys/class/scsi_host")
                .resolve(hosts.get(0).getFileName())
                .resolve("proc_name"));
    }

    /** What Linux has read from a disk. */
    static long bytesRead(Path disk) throws IOException {
        return statistic(disk, 2);
    }

    /** What Linux has written to a disk. */
    static long bytesWritten(Path disk) throws IOException {
        return statistic(disk, 6);
    }

    /** A field of Documentation/block/stat.rst that counts sectors of 512, in bytes. */
    private static long statistic(Path disk, int field) throws IOException {
        Path file = Path.of("/sys/block", disk.getFileName().toString(), "stat");
        return Long.parseLong(read(file).split(" +", -1)[field]) * 512;
    }

    int sessionCount() {
        return list(SESSIONS).size();
    }

    private static List<Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            // gone while we look
            return List.of();
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file).strip();
    }

    @Override
    public void close() throws IOException {
        try (iscsid) {
            Program.attempt(LOGIN, "iscsiadm", "-m", "node", "--logoutall=all");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
