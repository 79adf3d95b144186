package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.Datamover;
import io.ffmiser.iscsi.pdu.SerialNumber;
import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import org.jspecify.annotations.Nullable;

/**
 * Ends tasks before their response (RFC 7143 sections 11.5 and 11.6): asks the target, and gives a task back only when the target has it
 * no more and cannot reach its buffers. Where the target refuses, the end of the connection takes them from it.
 */
final class InitiatorTaskManagement {
    private final InitiatorSession session;
    private final Datamover datamover;
    private final InitiatorCommandWindow window;
    private final InitiatorTaskTable table;
    private final InitiatorCommandSender sender;

    InitiatorTaskManagement(
            InitiatorSession session,
            Datamover datamover,
            InitiatorCommandWindow window,
            InitiatorTaskTable table,
            InitiatorCommandSender sender) {
        this.session = session;
        this.datamover = datamover;
        this.window = window;
        this.table = table;
        this.sender = sender;
    }

    /** Aborts a task that was sent. */
    void abort(InitiatorTask task, InitiatorTask.End why, long deadline) {
        task.state = InitiatorTask.State.ABORTING;
        task.endWhenReleased = why;
        InitiatorExchange exchange = new InitiatorExchange(
                InitiatorExchange.Kind.TASK_MANAGEMENT, deadline, new AbortAnswer(task, task.initiatorTaskTag));
        exchange.function = TaskManagementFunction.ABORT_TASK;
        exchange.lun = task.lun();
        exchange.referencedTaskTag = task.initiatorTaskTag;
        exchange.refCmdSn = task.cmdSn;
        session.start(exchange);
    }

    void manage(TaskManagementFunction function, long lun, long deadline, InitiatorAnswer answer) {
        ManagementAnswer covering = new ManagementAnswer(function, lun, answer);
        InitiatorExchange exchange = new InitiatorExchange(InitiatorExchange.Kind.TASK_MANAGEMENT, deadline, covering);
        covering.exchange = exchange;
        exchange.function = function;
        exchange.lun = lun;
        session.start(exchange);
    }

    /** Ends a task that the target has no more: it is given back when nothing can reach its buffers. */
    void release(InitiatorTask task, InitiatorTask.End how) {
        task.state = InitiatorTask.State.RELEASING;
        task.endWhenReleased = how;
        task.deadline = session.releaseDeadline();
        sender.forget(task);
        datamover.deallocateTaskResources(task.initiatorTaskTag);
    }

    /** RFC 7143 section 11.6: after the response nothing comes for the task any more, and its RDMA is over (S12). */
    private final class AbortAnswer implements InitiatorAnswer {
        private final InitiatorTask task;
        private final int tag;

        AbortAnswer(InitiatorTask task, int tag) {
            this.task = task;
            this.tag = tag;
        }

        @Override
        public void answered(int code, byte[] text) {
            if (!isPending()) {
                return;
            }
            TaskManagementResponseCode result = TaskManagementResponseCode.of(code);
            if (result == TaskManagementResponseCode.FUNCTION_COMPLETE
                    || result == TaskManagementResponseCode.TASK_DOES_NOT_EXIST) {
                release(task, task.endWhenReleased);
            } else {
                session.terminate("the target did not abort a command: " + (result == null ? code : result));
            }
        }

        @Override
        public void failed(String reason) {
            if (isPending()) {
                session.terminate("a command could not be aborted: " + reason);
            }
        }

        /** False if its response came first. */
        private boolean isPending() {
            return table.find(tag) == task && task.state == InitiatorTask.State.ABORTING;
        }
    }

    /** RFC 7143 section 11.6.2: when the response comes, the tasks sent before the request are over and will not be answered. */
    private final class ManagementAnswer implements InitiatorAnswer {
        private final TaskManagementFunction function;
        private final long lun;
        private final InitiatorAnswer caller;
        private @Nullable InitiatorExchange exchange;

        ManagementAnswer(TaskManagementFunction function, long lun, InitiatorAnswer caller) {
            this.function = function;
            this.lun = lun;
            this.caller = caller;
        }

        @Override
        public void answered(int code, byte[] text) {
            InitiatorExchange request = exchange;
            if (request != null && code == TaskManagementResponseCode.FUNCTION_COMPLETE.code()) {
                for (InitiatorTask task : table.inOrder(window.next())) {
                    if (covers(task) && SerialNumber.isLess(task.cmdSn, request.cmdSn)) {
                        boolean aborting = task.state == InitiatorTask.State.ABORTING;
                        release(task, aborting ? task.endWhenReleased : InitiatorTask.End.ABORTED);
                    }
                }
            }
            caller.answered(code, text);
        }

        @Override
        public void failed(String reason) {
            caller.failed(reason);
        }

        private boolean covers(InitiatorTask task) {
            if (task.state != InitiatorTask.State.SENT && task.state != InitiatorTask.State.ABORTING) {
                return false;
            }
            return switch (function) {
                case ABORT_TASK_SET, CLEAR_TASK_SET, LOGICAL_UNIT_RESET -> task.lun() == lun;
                case TARGET_WARM_RESET, TARGET_COLD_RESET, I_T_NEXUS_RESET -> true;
                case ABORT_TASK, CLEAR_ACA, TASK_REASSIGN, QUERY_TASK, QUERY_TASK_SET, QUERY_ASYNCHRONOUS_EVENT ->
                    false;
            };
        }
    }
}
