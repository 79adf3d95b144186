package io.ffmiser.iscsi.fuzz;

import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.text.KeyValue;
import io.ffmiser.iscsi.text.Negotiation;
import io.ffmiser.iscsi.text.SendTargets;
import io.ffmiser.iscsi.text.TextFormat;
import io.ffmiser.iscsi.text.TextKey;
import java.util.ArrayList;
import java.util.List;

/** Any octets as text: parsed, negotiated on both sides, taken as an answer to SendTargets. */
public final class TextFuzz {
    private TextFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        SendTargets.decode(input, 4, new ArrayList<>());
        if (!(TextFormat.decode(input) instanceof Decoded.Value<List<KeyValue>>(List<KeyValue> pairs))) {
            return;
        }
        if (!(TextFormat.decode(TextFormat.encode(pairs))
                        instanceof Decoded.Value<List<KeyValue>>(List<KeyValue> again))
                || !again.equals(pairs)) {
            throw new AssertionError("text changes on its way round");
        }
        for (TextKey.Stage stage : List.of(TextKey.Stage.SECURITY, TextKey.Stage.OPERATIONAL)) {
            Negotiation target = new Negotiation(false);
            target.setSession(false, true);
            target.receive(pairs, stage);
            target.settle();
            TextFormat.encode(target.takeOutgoing());
            Negotiation initiator = new Negotiation(true);
            initiator.setSession(false, true);
            initiator.sendPosition(TextKey.RDMA_EXTENSIONS);
            initiator.sendPosition(TextKey.MAX_BURST_LENGTH);
            initiator.sendPosition(TextKey.INITIAL_R2T);
            initiator.receive(pairs, stage);
            initiator.settle();
        }
    }
}
