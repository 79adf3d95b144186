package io.ffmiser.initiator;

/**
 * How much a session may have outstanding.
 *
 * @param commandsAtTarget the most SCSI commands sent and not answered; the target's command window may allow fewer
 * @param requestsWaiting the most requests that wait behind them; one more is refused with {@link QueueFullException}
 * @param receiveDataSegmentLength the longest data segment of a response (sense, text, ping) that is offered to the target
 *     (InitiatorRecvDataSegmentLength); as much memory is kept for each command at the target
 */
public record QueueLimits(int commandsAtTarget, int requestsWaiting, int receiveDataSegmentLength) {
    public static final QueueLimits DEFAULT = new QueueLimits(128, 4096, 1024);

    private static final int MAX_COMMANDS = 16_384;
    private static final int MIN_SEGMENT = 512;
    private static final int MAX_SEGMENT = 65_536;

    public QueueLimits {
        if (commandsAtTarget < 1 || commandsAtTarget > MAX_COMMANDS) {
            throw new IllegalArgumentException("commandsAtTarget is 1 to " + MAX_COMMANDS + ": " + commandsAtTarget);
        }
        if (requestsWaiting < 0) {
            throw new IllegalArgumentException("requestsWaiting is 0 or more: " + requestsWaiting);
        }
        if (receiveDataSegmentLength < MIN_SEGMENT || receiveDataSegmentLength > MAX_SEGMENT) {
            throw new IllegalArgumentException("receiveDataSegmentLength is " + MIN_SEGMENT + " to " + MAX_SEGMENT
                    + ": " + receiveDataSegmentLength);
        }
    }

    public QueueLimits withCommandsAtTarget(int newCommandsAtTarget) {
        return new QueueLimits(newCommandsAtTarget, requestsWaiting, receiveDataSegmentLength);
    }

    public QueueLimits withRequestsWaiting(int newRequestsWaiting) {
        return new QueueLimits(commandsAtTarget, newRequestsWaiting, receiveDataSegmentLength);
    }
}
