package io.ffmiser.initiator;

import java.time.Duration;

/**
 * How long a session waits. Limits are checked a few times a second, so short ones are rounded up.
 *
 * @param connect for the addresses, the route and the RDMA connection, from when the attempt began: one limit for all of them. Where a
 *     host has several addresses, each has an equal part of what is left
 * @param login for the whole Login Phase, from when the connection is up; an attempt is over after {@code connect} and {@code login}
 *     together, wherever the target sends it
 * @param command for a SCSI command, from when it was sent; then it is aborted at the target
 * @param taskManagement for the answer to such an abort or a reset; then the connection is torn down
 * @param pingAfter after so long without a word from the target, a NOP-Out asks whether it is there; zero never asks
 * @param ping for the answer to that NOP-Out, and for text; then the connection is torn down
 * @param logout for the Logout Response, and again for the target to close; then this side closes
 */
public record TimeLimits(
        Duration connect,
        Duration login,
        Duration command,
        Duration taskManagement,
        Duration pingAfter,
        Duration ping,
        Duration logout) {
    public static final TimeLimits DEFAULT = new TimeLimits(
            Duration.ofSeconds(20),
            Duration.ofSeconds(15),
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5));

    public TimeLimits {
        requirePositive("connect", connect);
        requirePositive("login", login);
        requirePositive("command", command);
        requirePositive("taskManagement", taskManagement);
        requirePositive("ping", ping);
        requirePositive("logout", logout);
        if (pingAfter.isNegative()) {
            throw new IllegalArgumentException("pingAfter is negative: " + pingAfter);
        }
    }

    public TimeLimits withConnect(Duration newConnect) {
        return new TimeLimits(newConnect, login, command, taskManagement, pingAfter, ping, logout);
    }

    public TimeLimits withLogin(Duration newLogin) {
        return new TimeLimits(connect, newLogin, command, taskManagement, pingAfter, ping, logout);
    }

    public TimeLimits withCommand(Duration newCommand) {
        return new TimeLimits(connect, login, newCommand, taskManagement, pingAfter, ping, logout);
    }

    public TimeLimits withTaskManagement(Duration newTaskManagement) {
        return new TimeLimits(connect, login, command, newTaskManagement, pingAfter, ping, logout);
    }

    public TimeLimits withPing(Duration newPingAfter, Duration newPing) {
        return new TimeLimits(connect, login, command, taskManagement, newPingAfter, newPing, logout);
    }

    public TimeLimits withLogout(Duration newLogout) {
        return new TimeLimits(connect, login, command, taskManagement, pingAfter, ping, newLogout);
    }

    private static void requirePositive(String name, Duration limit) {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException(name + " must be positive: " + limit);
        }
    }
}
