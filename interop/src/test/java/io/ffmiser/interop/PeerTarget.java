package io.ffmiser.interop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A target to test against, which serves a file as a disk over RDMA and nothing over TCP. Made stopped or serving; closing it takes all of it
 * away.
 */
interface PeerTarget extends AutoCloseable {
    /** What the peer says that it is, with its version. */
    String version() throws IOException, InterruptedException;

    /** What the suites were written for and seen to pass with. */
    Pattern expectedVersion();

    InetSocketAddress portal();

    String targetName();

    /** The disk's LUN. */
    default int lun() {
        return 0;
    }

    /** The file behind the disk. */
    Path disk();

    /** The longest READ or WRITE that it takes. */
    int maxCommandBytes();

    /** Whether it takes data that it did not ask for (InitialR2T=No), in logins to come; at first it does not. */
    void takeUnsolicitedData(boolean taken) throws IOException, InterruptedException;

    /** Ends all sessions without a word, as a crash does, and serves nobody until {@link #start}. */
    void stop() throws IOException, InterruptedException;

    void start() throws IOException, InterruptedException;

    /** Lets another initiator in than {@link TargetSuite#INITIATOR}. */
    default void admit(String initiator) throws IOException, InterruptedException {}

    /** How many sessions it has; empty if it does not know. */
    default OptionalInt sessions() throws IOException, InterruptedException {
        return OptionalInt.empty();
    }

    /** What its logical unit has sent for READs, in bytes, rounded down to MiB; empty if it does not count. */
    default OptionalLong bytesRead() throws IOException, InterruptedException {
        return OptionalLong.empty();
    }

    /** What its logical unit has taken for WRITEs. */
    default OptionalLong bytesWritten() throws IOException, InterruptedException {
        return OptionalLong.empty();
    }

    @Override
    void close() throws IOException;
}
