package io.ffmiser.iscsi.session;

import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.SerialNumber;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.iscsi.pdu.TaskManagementRequestPdu;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Task management over all sessions of one node (RFC 7143 section 11.5, RFC 7144 section 6). A function is answered when every task it
 * covers has ended, its RDMA drained (section 4.2.3.3); tasks that begin later are not covered. Belongs to the owner's thread.
 */
public final class TargetTaskManagement {
    private static final Logger LOG = LoggerFactory.getLogger(TargetTaskManagement.class);

    private final TargetTaskHandler handler;
    private final List<TargetSession> sessions = new ArrayList<>();
    private final List<Function> pending = new ArrayList<>();
    private long serial;
    private boolean checking;

    public TargetTaskManagement(TargetTaskHandler handler) {
        this.handler = handler;
    }

    /** A function that was accepted and has not been answered. */
    private static final class Function {
        final TargetSession session;
        final TargetConnection connection;
        final TaskManagementFunction function;
        final int initiatorTaskTag;
        final int cmdSn;
        final long lun;
        final int referencedTaskTag;
        boolean started;
        long covered;

        Function(
                TargetSession session,
                TargetConnection connection,
                TaskManagementFunction function,
                TaskManagementRequestPdu pdu) {
            this.session = session;
            this.connection = connection;
            this.function = function;
            initiatorTaskTag = pdu.initiatorTaskTag();
            cmdSn = pdu.cmdSn();
            lun = pdu.lun();
            referencedTaskTag = pdu.referencedTaskTag();
        }

        boolean covers(TargetTask task) {
            if (task.serial > covered) {
                return false;
            }
            return switch (function) {
                case ABORT_TASK -> task.initiatorTaskTag() == referencedTaskTag;
                case TARGET_WARM_RESET, TARGET_COLD_RESET, I_T_NEXUS_RESET -> true;
                default -> isSameUnit(task.lun(), lun);
            };
        }

        /** CLEAR TASK SET does not: each nexus has a task set of its own (TST 001b), so it is ABORT TASK SET (SAM-5 section 7.5). */
        boolean coversOtherSessions() {
            return switch (function) {
                case LOGICAL_UNIT_RESET, TARGET_WARM_RESET, TARGET_COLD_RESET -> true;
                default -> false;
            };
        }
    }

    void add(TargetSession session) {
        sessions.add(session);
    }

    void remove(TargetSession session) {
        sessions.remove(session);
        pending.removeIf(function -> function.session == session);
        taskEnded();
    }

    /** Numbers tasks in order of arrival. */
    long nextSerial() {
        return ++serial;
    }

    int pendingOf(TargetSession session) {
        int count = 0;
        for (int i = 0; i < pending.size(); i++) {
            if (pending.get(i).session == session) {
                count++;
            }
        }
        return count;
    }

    boolean hasTag(TargetSession session, int initiatorTaskTag) {
        // Asked for every command: an iterator would be garbage for each.
        for (int i = 0; i < pending.size(); i++) {
            Function function = pending.get(i);
            if (function.session == session && function.initiatorTaskTag == initiatorTaskTag) {
                return true;
            }
        }
        return false;
    }

    /** Executes a function; the caller has checked tag and limits. The response follows, during the call or later. */
    void request(TargetSession session, TargetConnection connection, TaskManagementRequestPdu pdu) {
        TaskManagementFunction function = pdu.function();
        TaskManagementResponseCode answer = function == null
                ? TaskManagementResponseCode.FUNCTION_NOT_SUPPORTED
                : answerAtOnce(session, connection, function, pdu);
        LOG.debug("{}: {} lun 0x{} -> {}", session, function, Long.toHexString(pdu.lun()), answer);
        if (answer != null) {
            connection.responses().taskManagementResponse(pdu.initiatorTaskTag(), answer);
        } else if (function != null) {
            Function accepted = new Function(session, connection, function, pdu);
            pending.add(accepted);
            advance(accepted);
            taskEnded();
        }
    }

    /** The answer of a function that waits for nothing; null for one that may have to. */
    private @Nullable TaskManagementResponseCode answerAtOnce(
            TargetSession session,
            TargetConnection connection,
            TaskManagementFunction function,
            TaskManagementRequestPdu pdu) {
        if (namesUnit(function) && !handler.hasLogicalUnit(pdu.lun())) {
            return TaskManagementResponseCode.LUN_DOES_NOT_EXIST;
        }
        return switch (function) {
            case ABORT_TASK -> {
                TargetTask task = session.table().get(pdu.referencedTaskTag());
                yield task != null && isSameUnit(task.lun(), pdu.lun()) ? null : abortUnseen(session, connection, pdu);
            }
            case ABORT_TASK_SET, CLEAR_TASK_SET, LOGICAL_UNIT_RESET, TARGET_WARM_RESET, TARGET_COLD_RESET -> null;
            // Error recovery level 2 is not negotiated (RFC 7143 section 11.5.1).
            case TASK_REASSIGN -> TaskManagementResponseCode.REASSIGNMENT_NOT_SUPPORTED;
            // No ACA: NormACA is 0 in INQUIRY. The others need iSCSIProtocolLevel 2 (RFC 7144 section 6.3), which is
            // not negotiated.
            case CLEAR_ACA, QUERY_TASK, QUERY_TASK_SET, I_T_NEXUS_RESET, QUERY_ASYNCHRONOUS_EVENT ->
                TaskManagementResponseCode.FUNCTION_NOT_SUPPORTED;
        };
    }

    /** SAM-5 section 4.7: one unit may be named in peripheral and in flat space addressing. */
    private static boolean isSameUnit(long lun, long other) {
        return lun == other || LogicalUnitNumber.decode(lun) == LogicalUnitNumber.decode(other);
    }

    private static boolean namesUnit(TaskManagementFunction function) {
        return switch (function) {
            case ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET, LOGICAL_UNIT_RESET -> true;
            default -> false;
        };
    }

    /** RFC 7143 section 11.6.1: a command that has not come, or waits for its turn, is considered received. */
    private static TaskManagementResponseCode abortUnseen(
            TargetSession session, TargetConnection connection, TaskManagementRequestPdu pdu) {
        TargetCommandWindow window = session.window();
        int refCmdSn = pdu.refCmdSn();
        if (pdu.referencedTaskTag() != Pdu.RESERVED_TAG
                && window.contains(refCmdSn)
                && SerialNumber.isLess(refCmdSn, pdu.cmdSn())) {
            connection.requests().skip(refCmdSn);
            return TaskManagementResponseCode.FUNCTION_COMPLETE;
        }
        return TaskManagementResponseCode.TASK_DOES_NOT_EXIST;
    }

    /** Starts a function once all commands before it have come; answers it once what it covers has ended. */
    private boolean advance(Function function) {
        if (!function.started) {
            // RFC 7143 section 4.2.3.2: commands with a lower CmdSN are covered, and are waited for
            if (SerialNumber.isLess(function.session.window().expected(), function.cmdSn)
                    && function.function != TaskManagementFunction.ABORT_TASK) {
                return false;
            }
            function.started = true;
            function.covered = serial;
            for (TargetSession session : List.copyOf(sessions)) {
                if (session == function.session || function.coversOtherSessions()) {
                    abortCovered(function, session);
                }
            }
        }
        for (TargetSession session : sessions) {
            if ((session == function.session || function.coversOtherSessions()) && hasCovered(function, session)) {
                return false;
            }
        }
        return true;
    }

    private static void abortCovered(Function function, TargetSession session) {
        List<TargetTask> tasks = new ArrayList<>();
        for (TargetTask task = session.firstTask(); task != null; task = task.nextInSession) {
            if (function.covers(task)) {
                tasks.add(task);
            }
        }
        for (TargetTask task : tasks) {
            session.abort(task);
        }
    }

    private static boolean hasCovered(Function function, TargetSession session) {
        for (TargetTask task = session.firstTask(); task != null; task = task.nextInSession) {
            if (function.covers(task)) {
                return true;
            }
        }
        return false;
    }

    /** A task has ended, or ExpCmdSN moved: functions that waited for it may be answered. */
    void taskEnded() {
        if (pending.isEmpty() || checking) {
            return;
        }
        checking = true;
        try {
            boolean again = true;
            while (again) {
                again = false;
                for (int i = 0; i < pending.size(); i++) {
                    Function function = pending.get(i);
                    if (advance(function)) {
                        pending.remove(function);
                        finish(function);
                        again = true;
                        break;
                    }
                }
            }
        } finally {
            checking = false;
        }
    }

    private void finish(Function function) {
        switch (function.function) {
            case LOGICAL_UNIT_RESET -> handler.reset(function.lun);
            case TARGET_WARM_RESET, TARGET_COLD_RESET -> handler.resetAll();
            default -> {}
        }
        function.connection
                .responses()
                .taskManagementResponse(function.initiatorTaskTag, TaskManagementResponseCode.FUNCTION_COMPLETE);
        if (function.function == TaskManagementFunction.TARGET_COLD_RESET) {
            for (TargetSession session : List.copyOf(sessions)) {
                TargetConnection connection = session.connection();
                if (connection != null) {
                    connection.terminate("target cold reset");
                }
            }
        }
    }
}
