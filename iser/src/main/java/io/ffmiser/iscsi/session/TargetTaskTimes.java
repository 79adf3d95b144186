package io.ffmiser.iscsi.session;

/** Watches how long the tasks of one connection wait for their initiator, at every tick. */
final class TargetTaskTimes {
    private final TargetSession session;
    private final TargetDataFlow data;
    private final TargetSessionSettings limits;
    private long slownessAskedNanos;

    TargetTaskTimes(TargetSession session, TargetDataFlow data, TargetSessionSettings limits) {
        this.session = session;
        this.data = data;
        this.limits = limits;
    }

    /**
     * Whether a command still lacks unsolicited data that it announced so long ago (RFC 7143 section 11.3.4). One that has ended, and whose
     * data would be discarded, waits a short while only, and is answered.
     */
    boolean awaitsLateData(long nowNanos) {
        boolean isLate = false;
        boolean isAnswerDue = false;
        for (TargetTask task = session.firstTask(); task != null; task = task.nextInSession) {
            if (task.isLate(nowNanos, limits)) {
                isLate |= !task.discards();
                isAnswerDue |= task.discards();
            }
        }
        if (isAnswerDue && !isLate) {
            answer(nowNanos);
        }
        return isLate;
    }

    private void answer(long nowNanos) {
        for (TargetTask task : session.unfinishedTasks()) {
            if (task.discards() && task.isLate(nowNanos, limits)) {
                task.unsolicitedOpen = false;
                session.transfersAdvanced(task);
            }
        }
    }

    /** Whether the data of a task have been under way for too long. */
    boolean hasSlowTransfer(long nowNanos) {
        long sinceNanos = nowNanos - slownessAskedNanos;
        slownessAskedNanos = nowNanos;
        data.tick();
        boolean slow = false;
        for (TargetTask task = session.firstTask(); task != null; task = task.nextInSession) {
            slow |= data.isSlow(task, sinceNanos, limits);
        }
        return slow;
    }
}
