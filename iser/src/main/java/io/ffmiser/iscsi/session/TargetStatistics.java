package io.ffmiser.iscsi.session;

/** What the sessions of one owner have done: plain counters, written and read on its thread. */
public final class TargetStatistics {
    public long logins;
    public long failedLogins;
    public long commands;
    public long responses;
    public long checkConditions;
    public long rejects;
    public long taskManagement;
    public long immediateBytes;
    public long protocolErrors;
}
