package io.ffmiser.interop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The Linux kernel's target (LIO with ib_isert), set up through configfs.
 *
 * <p>LIO has no iSER portal without a TCP portal of the same address, and software iWARP cannot have the port that the latter has. So
 * the TCP portal is made in a network namespace where nobody is: there is nothing to fall back to.
 */
final class LioTarget implements PeerTarget {
    private static final String NAME = "iqn.2026-11.io.ffmiser.test:lio";
    static final int PORT = 3260;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path ROOT = Path.of("/sys/kernel/config/target");

    /** Each backstore has an adapter of its own, which the kernel numbers. */
    private static final AtomicInteger ADAPTERS = new AtomicInteger();

    private final String name;
    private final Path target;
    private final Path group;
    private final InetSocketAddress portal;
    private final List<Path> backstores = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private final List<String> initiators = new ArrayList<>();

    private LioTarget(String name, InetSocketAddress portal) {
        this.name = name;
        target = ROOT.resolve("iscsi").resolve(name);
        group = target.resolve("tpgt_1");
        this.portal = portal;
    }

    /** Serves a new file of this size as LUN 0, to our initiator, on the target's end of the wire. */
    static LioTarget start(long diskBytes) throws IOException, InterruptedException {
        return start(NAME, Lab.TARGET_ADDRESS, diskBytes);
    }

    /** The same by another name and on another address. */
    static LioTarget start(String name, String address, long diskBytes) throws IOException, InterruptedException {
        LioTarget target = on(name, address);
        target.addFile(diskBytes);
        target.start();
        return target;
    }

    /** One without logical units yet, not started. */
    static LioTarget on(String address) throws IOException, InterruptedException {
        return on(NAME, address);
    }

    private static LioTarget on(String name, String address) throws IOException, InterruptedException {
        Program.run(
                "modprobe",
                "-a",
                "target_core_mod",
                "iscsi_target_mod",
                "ib_isert",
                "target_core_file",
                "target_core_iblock");
        // The directories are for persistent reservations.
        Program.run("bash", "-euo", "pipefail", "-c", """
                mkdir -p /etc/target /var/target/pr
                [ -e /run/netns/nobody ] && exit
                ip netns add nobody
                ip -n nobody link set lo up
                ip -n nobody address add %s/32 dev lo
                ip -n nobody address add %s/128 dev lo nodad
                """.formatted(Lab.TARGET_ADDRESS, Lab.TARGET_ADDRESS_IPV6));
        LioTarget target = new LioTarget(name, new InetSocketAddress(address, PORT));
        Files.createDirectories(ROOT.resolve("iscsi"));
        Files.createDirectories(target.group);
        target.set("attrib/authentication", "0");
        target.admit(TargetSuite.INITIATOR);
        Path network = target.networkPortal();
        Program.run("nsenter", "--net=/run/netns/nobody", "mkdir", network.toString());
        try {
            write(network.resolve("iser"), "1");
        } catch (IOException e) { // such as EADDRNOTAVAIL: somebody has the port
            Files.delete(network);
            throw e;
        }
        return target;
    }

    /** What says which logical units an initiator has, and how it authenticates. */
    private Path access(String initiator) {
        return group.resolve("acls").resolve(initiator);
    }

    @Override
    public void admit(String initiator) throws IOException {
        Path access = access(initiator);
        Files.createDirectories(access);
        initiators.add(initiator);
        // By default it closes the connection of a WRITE whose data take 3 s, which they may in a slow guest.
        write(access.resolve("attrib/dataout_timeout"), "60");
        // By default 64 commands may be outstanding.
        write(access.resolve("cmdsn_depth"), "128");
        for (int lun = 0; lun < backstores.size(); lun++) {
            map(access, lun);
        }
    }

    private void map(Path access, int lun) throws IOException {
        Path mapped = access.resolve("lun_" + lun);
        Files.createDirectories(mapped);
        Files.createSymbolicLink(mapped.resolve("disk"), group.resolve("lun/lun_" + lun));
        write(mapped.resolve("write_protect"), "0");
    }

    private Path networkPortal() {
        String host = portal.getAddress().getHostAddress();
        return group.resolve("np").resolve((host.contains(":") ? "[" + host + "]" : host) + ":" + PORT);
    }

    /** Adds a logical unit that is a new file. */
    Path addFile(long bytes) throws IOException {
        Path file = DiskImage.newFile("lio", bytes);
        files.add(file);
        addBackstore("fileio_", "fd_dev_name=" + file + ",fd_dev_size=" + bytes + ",fd_buffered_io=1");
        return file;
    }

    /** Adds a logical unit that is a block device. */
    void addBlockDevice(Path device) throws IOException {
        addBackstore("iblock_", "udev_path=" + device);
    }

    private void addBackstore(String kind, String control) throws IOException {
        int lun = backstores.size();
        Path store =
                ROOT.resolve("core").resolve(kind + ADAPTERS.getAndIncrement()).resolve("disk");
        Files.createDirectories(store);
        write(store.resolve("control"), control);
        write(store.resolve("enable"), "1");
        backstores.add(store);
        Path unit = group.resolve("lun/lun_" + lun);
        Files.createDirectories(unit);
        Files.createSymbolicLink(unit.resolve("disk"), store);
        for (String initiator : initiators) {
            map(access(initiator), lun);
        }
    }

    /** Asks our initiator for CHAP: with what it has to prove, and, for mutual CHAP, what LIO proves to it. */
    void requireChap(String name, String secret, String ownName, String ownSecret) throws IOException {
        set("attrib/authentication", "1");
        Path auth = access(TargetSuite.INITIATOR).resolve("auth");
        write(auth.resolve("userid"), name);
        write(auth.resolve("password"), secret);
        write(auth.resolve("userid_mutual"), ownName);
        write(auth.resolve("password_mutual"), ownSecret);
        set("param/AuthMethod", "CHAP");
    }

    /** Writes an attribute of the portal group, such as {@code attrib/authentication}. */
    void set(String attribute, String value) throws IOException {
        write(group.resolve(attribute), value);
    }

    String get(String attribute) throws IOException {
        return Files.readString(group.resolve(attribute)).strip();
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return "LIO "
                + Files.readString(ROOT.resolve("version"))
                        .strip()
                        .replaceAll(".*ConfigFS Infrastructure (\\S+) on .*", "$1")
                + ", Linux " + Program.run("uname", "-r").strip();
    }

    @Override
    public Pattern expectedVersion() {
        return Pattern.compile("LIO v5\\.0, Linux 6\\.\\d+\\.\\S+");
    }

    @Override
    public InetSocketAddress portal() {
        return portal;
    }

    @Override
    public String targetName() {
        return name;
    }

    @Override
    public Path disk() {
        return files.get(0);
    }

    @Override
    public int maxCommandBytes() {
        return 8 << 20;
    }

    @Override
    public void takeUnsolicitedData(boolean taken) throws IOException {
        set("param/InitialR2T", taken ? "No" : "Yes");
    }

    @Override
    public void stop() throws IOException, InterruptedException {
        act("echo 0 >" + group.resolve("enable"));
    }

    @Override
    public void start() throws IOException, InterruptedException {
        act("echo 1 >" + group.resolve("enable"));
    }

    /** What ends sessions may wait for them for ever, deep in the kernel: then this fails, and leaves the process that hangs. */
    private static void act(String script) throws IOException, InterruptedException {
        Program shell = Program.start("bash", "-c", script);
        int status = shell.end(PATIENCE);
        if (status != 0) {
            throw new IOException(script + " ended with " + status + ": " + shell.output());
        }
    }

    @Override
    public OptionalInt sessions() throws IOException {
        int sessions = 0;
        for (String initiator : initiators) {
            if (!Files.readString(access(initiator).resolve("info")).startsWith("No active")) {
                sessions++;
            }
        }
        return OptionalInt.of(sessions);
    }

    @Override
    public OptionalLong bytesRead() throws IOException {
        return OptionalLong.of(mebibytes("read_mbytes"));
    }

    @Override
    public OptionalLong bytesWritten() throws IOException {
        return OptionalLong.of(mebibytes("write_mbytes"));
    }

    private long mebibytes(String counter) throws IOException {
        return Long.parseLong(get("lun/lun_0/statistics/scsi_tgt_port/" + counter)) << 20;
    }

    /**
     * Stops it for good, and leaves it there. After a login that failed, LIO (Linux 6.1) keeps its hold on the portal, and whoever removes
     * that waits for ever (iscsit_reset_np_thread).
     */
    void abandon() throws IOException, InterruptedException {
        stop();
    }

    @Override
    public void close() throws IOException {
        try {
            stop();
            act("echo 0 >" + networkPortal().resolve("iser"));
            act("rmdir " + networkPortal());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> units = Files.list(group.resolve("lun"))) {
            for (Path unit : units.toList()) {
                for (String initiator : initiators) {
                    Path mapped = access(initiator).resolve(unit.getFileName());
                    Files.delete(mapped.resolve("disk"));
                    Files.delete(mapped);
                }
                Files.delete(unit.resolve("disk"));
                Files.delete(unit);
            }
        }
        for (String initiator : initiators) {
            Files.delete(access(initiator));
        }
        Files.delete(group);
        Files.delete(target);
        for (Path store : backstores) {
            Files.delete(store);
            Files.delete(store.getParent());
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }

    private static void write(Path file, String value) throws IOException {
        try {
            Files.writeString(file, value);
        } catch (IOException e) {
            throw new IOException(file + " does not take '" + value + "'", e);
        }
    }
}
