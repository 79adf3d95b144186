package io.ffmiser.interop;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The Linux kernel's target (LIO with ib_isert), set up through configfs.
 *
 * <p>LIO has no iSER portal without a TCP portal of the same address, and software iWARP cannot have the port that the latter has. So
 * the TCP portal is made in a network namespace where nobody is: there is nothing to fall back to.
 */
final class LioTarget implements PeerTarget {
    static final String NAME = "iqn.2026-11.io.ffmiser.test:lio";
    static final int PORT = 3260;
    private static final Path ROOT = Path.of("/sys/kernel/config/target");
    private static final Path TARGET = ROOT.resolve("iscsi").resolve(NAME);
    private static final Path GROUP = TARGET.resolve("tpgt_1");

    private final InetSocketAddress portal;
    private final List<Path> backstores = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();

    private LioTarget(InetSocketAddress portal) {
        this.portal = portal;
    }

    /** Serves a new file of this size as LUN 0, to our initiator, on the target's end of the wire. */
    static LioTarget start(long diskBytes) throws IOException, InterruptedException {
        LioTarget target = on(Lab.TARGET_ADDRESS);
        target.addFile(0, diskBytes);
        target.start();
        return target;
    }

    /** One without logical units yet, not started. */
    static LioTarget on(String address) throws IOException, InterruptedException {
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
        LioTarget target = new LioTarget(new InetSocketAddress(address, PORT));
        create(ROOT.resolve("iscsi"));
        create(GROUP);
        target.set("attrib/authentication", "0");
        Path initiator = target.access();
        create(initiator);
        // By default it closes the connection of a WRITE whose data take 3 s, which they may in a slow guest.
        write(initiator.resolve("attrib/dataout_timeout"), "60");
        Path network = target.networkPortal();
        Program.run("nsenter", "--net=/run/netns/nobody", "mkdir", network.toString());
        write(network.resolve("iser"), "1");
        return target;
    }

    /** What says which logical units our initiator has, and how it authenticates. */
    private Path access() {
        return GROUP.resolve("acls").resolve(TargetSuite.INITIATOR);
    }

    private Path networkPortal() {
        String host = portal.getAddress().getHostAddress();
        return GROUP.resolve("np").resolve((host.contains(":") ? "[" + host + "]" : host) + ":" + PORT);
    }

    /** Adds a logical unit that is a new file. */
    void addFile(int lun, long bytes) throws IOException {
        Path file = Files.createTempFile("lio", ".disk");
        try (RandomAccessFile sized = new RandomAccessFile(file.toFile(), "rw")) {
            sized.setLength(bytes);
        }
        files.add(file);
        addBackstore(lun, "fileio_" + lun, "fd_dev_name=" + file + ",fd_dev_size=" + bytes + ",fd_buffered_io=1");
    }

    /** Adds a logical unit that is a block device. */
    void addBlockDevice(int lun, Path device) throws IOException {
        addBackstore(lun, "iblock_" + lun, "udev_path=" + device);
    }

    private void addBackstore(int lun, String kind, String control) throws IOException {
        Path store = ROOT.resolve("core").resolve(kind).resolve("disk");
        create(store);
        write(store.resolve("control"), control);
        write(store.resolve("enable"), "1");
        backstores.add(store);
        Path unit = GROUP.resolve("lun/lun_" + lun);
        create(unit);
        Files.createSymbolicLink(unit.resolve("disk"), store);
        Path mapped = access().resolve("lun_" + lun);
        create(mapped);
        Files.createSymbolicLink(mapped.resolve("disk"), unit);
        write(mapped.resolve("write_protect"), "0");
    }

    /** Asks our initiator for CHAP: with what it has to prove, and, for mutual CHAP, what LIO proves to it. */
    void requireChap(String name, String secret, String ownName, String ownSecret) throws IOException {
        set("attrib/authentication", "1");
        write(access().resolve("auth/userid"), name);
        write(access().resolve("auth/password"), secret);
        write(access().resolve("auth/userid_mutual"), ownName);
        write(access().resolve("auth/password_mutual"), ownSecret);
        set("param/AuthMethod", "CHAP");
    }

    /** Writes an attribute of the portal group, such as {@code attrib/authentication}. */
    void set(String attribute, String value) throws IOException {
        write(GROUP.resolve(attribute), value);
    }

    String get(String attribute) throws IOException {
        return read(GROUP.resolve(attribute)).strip();
    }

    @Override
    public String version() throws IOException, InterruptedException {
        return "LIO " + read(ROOT.resolve("version")).strip().replaceAll(".*ConfigFS Infrastructure (\\S+) on .*", "$1")
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
        return NAME;
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
    public void stop() throws IOException {
        set("enable", "0");
    }

    @Override
    public void start() throws IOException {
        set("enable", "1");
    }

    @Override
    public int sessions() throws IOException {
        return read(access().resolve("info")).startsWith("No active") ? 0 : 1;
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

    @Override
    public void close() throws IOException {
        stop();
        write(networkPortal().resolve("iser"), "0");
        remove(networkPortal());
        try (Stream<Path> units = Files.list(GROUP.resolve("lun"))) {
            for (Path unit : units.toList()) {
                Path mapped = access().resolve(unit.getFileName());
                remove(mapped.resolve("disk"));
                remove(mapped);
                remove(unit.resolve("disk"));
                remove(unit);
            }
        }
        remove(access());
        remove(GROUP);
        remove(TARGET);
        for (Path store : backstores) {
            remove(store);
            remove(ROOT.resolve("core")
                    .resolve(ROOT.resolve("core").relativize(store).getName(0)));
        }
        for (Path file : files) {
            remove(file);
        }
    }

    private static void create(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    private static void write(Path file, String value) throws IOException {
        try {
            Files.writeString(file, value);
        } catch (IOException e) {
            throw new IOException(file + " does not take '" + value + "'", e);
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file);
    }

    private static void remove(Path path) throws IOException {
        Files.delete(path);
    }
}
