package io.ffmiser.datamover;

import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The initiator's side: SCSI Commands with what they describe, and buffers that are given back when the test says so. */
public final class ScriptedInitiatorDatamover extends ScriptedDatamover implements InitiatorTransport {
    /**
     * A SCSI Command.
     *
     * @param pdu BHS and data
     * @param out octets of the whole write buffer
     * @param in octets of the read buffer
     */
    public record Command(byte[] pdu, int immediate, int unsolicited, int out, int in) {}

    public final ArrayDeque<Command> commands = new ArrayDeque<>();
    /** Tags of tasks whose buffers the test has to give back by {@link #deallocated}. */
    public final ArrayDeque<Integer> deallocating = new ArrayDeque<>();

    private @Nullable InitiatorDatamoverListener listener;

    public void attach(InitiatorDatamoverListener newListener) {
        listener = newListener;
    }

    @Override
    InitiatorDatamoverListener listener() {
        return Objects.requireNonNull(listener);
    }

    /** The buffers of the task that has waited longest are back. */
    public void deallocated() {
        listener().taskResourcesDeallocated(deallocating.remove());
    }

    @Override
    public void start(LoginChannel.Listener login, InitiatorDatamoverListener newListener) {
        calls.add("start");
        listener = newListener;
    }

    @Override
    public void enableDatamover() {
        enabled();
    }

    @Override
    public void sendControl(
            OutboundPdu pdu,
            int immediateDataSize,
            int unsolicitedDataSize,
            DataDescriptor dataOut,
            DataDescriptor dataIn) {
        calls.add("command");
        commands.add(new Command(take(pdu), immediateDataSize, unsolicitedDataSize, dataOut.length(), dataIn.length()));
    }

    @Override
    public void deallocateTaskResources(int initiatorTaskTag) {
        calls.add("deallocate task");
        deallocating.add(initiatorTaskTag);
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
