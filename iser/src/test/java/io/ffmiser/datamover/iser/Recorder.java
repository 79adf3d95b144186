package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.InboundPdu;
import io.ffmiser.datamover.InitiatorDatamoverListener;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.datamover.SequenceNumbers;
import io.ffmiser.datamover.TargetDatamoverListener;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Writes down the calls up of one connection. */
final class Recorder implements LoginChannel.Listener, InitiatorDatamoverListener, TargetDatamoverListener {
    final List<String> events = new ArrayList<>();
    final List<byte[]> logins = new ArrayList<>();
    /** BHS, AHS and data of what was notified. */
    final List<byte[]> pdus = new ArrayList<>();

    Consumer<InboundPdu> onPdu = pdu -> {};
    Runnable onCompletion = () -> {};
    Runnable onTerminated = () -> {};

    boolean has(String event) {
        return events.contains(event);
    }

    /** Whether the connection has ended, in whatever way. */
    boolean ended() {
        return endings() > 0;
    }

    long endings() {
        return events.stream()
                .filter(event ->
                        event.startsWith("closed") || event.startsWith("notified") || event.equals("terminated"))
                .count();
    }

    /** The reason of the end that was notified. */
    String reason() {
        return events.stream()
                .filter(event -> event.startsWith("closed") || event.startsWith("notified"))
                .findFirst()
                .orElse("");
    }

    @Override
    public void loginChannelOpened() {
        events.add("opened");
    }

    @Override
    public void loginPdu(byte[] pdu) {
        events.add("login");
        logins.add(pdu);
    }

    @Override
    public void loginChannelClosed(String reason) {
        events.add("closed: " + reason);
    }

    @Override
    public void controlNotify(InboundPdu pdu) {
        byte[] bytes = new byte[48 + pdu.ahsLength() + pdu.dataLength()];
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] = pdu.segment().get(ValueLayout.JAVA_BYTE, pdu.headerOffset() + at);
        }
        events.add("control " + Integer.toHexString(bytes[0] & 0x3f));
        pdus.add(bytes);
        onPdu.accept(pdu);
    }

    @Override
    public void dataCompletionNotify(int initiatorTaskTag, int sn) {
        events.add("completed " + initiatorTaskTag + "/" + sn);
        onCompletion.run();
    }

    @Override
    public SequenceNumbers sequenceNumbers() {
        throw new AssertionError("RDMA carries none of them");
    }

    @Override
    public void controlAvailable() {
        events.add("available");
    }

    @Override
    public void taskResourcesDeallocated(int initiatorTaskTag) {
        events.add("deallocated " + initiatorTaskTag);
    }

    @Override
    public void connectionTerminated() {
        events.add("terminated");
        onTerminated.run();
    }

    @Override
    public void connectionTerminateNotify(String reason) {
        events.add("notified: " + reason);
    }
}
