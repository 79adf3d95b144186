package io.ffmiser.initiator;

import io.ffmiser.iscsi.pdu.TaskManagementFunction;
import io.ffmiser.iscsi.pdu.TaskManagementResponseCode;
import io.ffmiser.iscsi.session.InitiatorAnswer;
import io.ffmiser.iscsi.session.InitiatorSession;
import java.util.function.Consumer;

/** Asks for any task management function, for tests: {@link Session} offers the one that callers need. */
public final class TaskManagementCall {
    private TaskManagementCall() {}

    /**
     * Sends a function over the session of a request, on its poller's thread.
     *
     * @param done told whether it succeeded
     */
    public static void send(ScsiRequest ofSession, TaskManagementFunction function, int lun, Consumer<Boolean> done) {
        SessionEngine engine = ofSession.engine;
        InitiatorSession session = engine.current();
        if (session == null) {
            done.accept(false);
            return;
        }
        session.manage(function, engine.unit(lun).field, new InitiatorAnswer() {
            @Override
            public void answered(int code, byte[] text) {
                done.accept(code == TaskManagementResponseCode.FUNCTION_COMPLETE.code());
            }

            @Override
            public void failed(String reason) {
                done.accept(false);
            }
        });
    }
}
