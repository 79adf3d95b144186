package io.ffmiser.datamover.iser;

import io.ffmiser.datamover.InboundPdu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Any octets, received as iSER messages by a target or by an initiator. The first octet says by which; what follows are messages, each
 * behind its length in two octets. A PDU is notified whole, or the connection ends, once.
 */
public final class IserMessageFuzz {
    private IserMessageFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        IserHeader.form(MemorySegment.ofArray(input), 0, input.length);
        boolean target = (input[0] & 1) == 0;
        try (IserFixture fixture = new IserFixture()) {
            Recorder calls = target ? fixture.targetCalls : fixture.initiatorCalls;
            RawPeer peer = target ? fixture.rawInitiator : fixture.rawTarget;
            calls.onPdu = IserMessageFuzz::touch;
            if (target) {
                fixture.loginRawInitiator();
            } else {
                fixture.loginRawTarget();
            }
            int at = 1;
            for (int messages = 0; messages < 16 && at + 2 <= input.length; messages++) {
                int announced = (input[at] & 0x1f) << 8 | (input[at + 1] & 0xff);
                int length = Math.min(announced, input.length - at - 2);
                peer.send(Arrays.copyOfRange(input, at + 2, at + 2 + length));
                fixture.runDry();
                at += 2 + length;
            }
            if (calls.endings() > 1) {
                throw new IllegalStateException("ended more than once: " + calls.events);
            }
            if (!fixture.fabric.handlerFailures().isEmpty()) {
                throw new IllegalStateException(
                        "a message was answered by an exception",
                        fixture.fabric.handlerFailures().get(0));
            }
            IserConnection<?> ours = target ? fixture.target() : fixture.initiator();
            if (!calls.ended() && ours.receivesPosted() != 16) {
                throw new IllegalStateException("a receive is missing");
            }
        }
    }

    private static void touch(InboundPdu pdu) {
        pdu.segment().get(ValueLayout.JAVA_BYTE, pdu.headerOffset());
        if (pdu.dataLength() > 0) {
            pdu.segment().get(ValueLayout.JAVA_BYTE, pdu.dataOffset() + pdu.dataLength() - 1);
        }
    }
}
