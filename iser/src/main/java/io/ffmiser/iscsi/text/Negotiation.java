package io.ffmiser.iscsi.text;

import io.ffmiser.iscsi.pdu.ProtocolError;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One side's negotiation of the keys of a login (RFC 7143 section 6.2): what it offers and declares, what it answers, and what both
 * sides agreed on. Sans-IO, single-threaded, for one connection.
 */
public final class Negotiation {
    private final boolean initiator;
    /** What this side offers, or accepts when the peer offers; the default of a key that is not here. */
    private final Map<TextKey, String> positions = new EnumMap<>(TextKey.class);

    private final Map<TextKey, String> declared = new EnumMap<>(TextKey.class);
    private final Map<TextKey, String> peerDeclared = new EnumMap<>(TextKey.class);
    private final Map<TextKey, String> agreed = new EnumMap<>(TextKey.class);
    private final Set<TextKey> unanswered = EnumSet.noneOf(TextKey.class);
    private final Set<TextKey> peerOffers = EnumSet.noneOf(TextKey.class);
    private final Set<String> seenInStage = new HashSet<>();
    private final Map<String, String> authenticationKeys = new LinkedHashMap<>();
    private final List<KeyValue> outgoing = new ArrayList<>();
    private boolean discovery;
    private boolean rdmaTransport;

    /** Starts one, of an initiator or of a target. */
    public Negotiation(boolean initiator) {
        this.initiator = initiator;
    }

    /**
     * Tells what makes keys irrelevant.
     *
     * @param isRdmaTransport whether RDMAExtensions can come out as Yes
     */
    public void setSession(boolean isDiscovery, boolean isRdmaTransport) {
        discovery = isDiscovery;
        rdmaTransport = isRdmaTransport;
        setPosition(TextKey.RDMA_EXTENSIONS, isRdmaTransport ? TextKey.YES : TextKey.NO);
    }

    /** A stage begins: keys may be seen again. */
    public void beginStage() {
        seenInStage.clear();
    }

    /** Sets what this side answers with when the peer offers. */
    public void setPosition(TextKey key, String value) {
        positions.put(key, value);
    }

    /** Sends a key: an offer that wants an answer, or a declaration. */
    public void send(TextKey key, String value) {
        outgoing.add(new KeyValue(key.keyName(), value));
        if (key.function() == TextKey.Function.DECLARATION) {
            declared.put(key, value);
        } else {
            positions.put(key, value);
            unanswered.add(key);
        }
    }

    /** Sends a key with this side's position. */
    public void sendPosition(TextKey key) {
        send(key, position(key));
    }

    /** Sends keys of the authentication method's own. */
    public void sendAuthentication(List<KeyValue> keys) {
        outgoing.addAll(keys);
    }

    /** What must be sent now: offers, declarations, answers; empties the list. */
    public List<KeyValue> takeOutgoing() {
        List<KeyValue> taken = List.copyOf(outgoing);
        outgoing.clear();
        return taken;
    }

    public boolean hasOutgoing() {
        return !outgoing.isEmpty();
    }

    /**
     * Works off what the peer sent in a stage; answers become outgoing.
     *
     * @return null if it keeps to the rules
     */
    public @Nullable ProtocolError receive(List<KeyValue> pairs, TextKey.Stage stage) {
        Map<TextKey, String> known = new EnumMap<>(TextKey.class);
        for (KeyValue pair : pairs) {
            // RFC 7143 section 6.3: a key may not be negotiated twice in a stage
            if (!seenInStage.add(pair.key())) {
                return ProtocolError.protocolError(pair.key() + " twice in a stage");
            }
            if (seenInStage.size() > TextFormat.MAX_PAIRS) {
                return ProtocolError.protocolError("more than " + TextFormat.MAX_PAIRS + " keys in a stage");
            }
            TextKey key = TextKey.of(pair.key());
            if (key != null) {
                known.put(key, pair.value());
            } else if (!TextKey.isReservedAnswer(pair.value())) {
                // section 6.2: an unknown key is answered NotUnderstood
                outgoing.add(new KeyValue(pair.key(), TextKey.NOT_UNDERSTOOD));
            }
        }
        for (Map.Entry<TextKey, String> pair : known.entrySet()) {
            TextKey key = pair.getKey();
            if (key.stage() != TextKey.Stage.ANY && key.stage() != stage) {
                return ProtocolError.protocolError(key.keyName() + " does not belong to this stage");
            }
            ProtocolError error = receive(key, pair.getValue());
            if (error != null) {
                return error;
            }
        }
        return null;
    }

    private @Nullable ProtocolError receive(TextKey key, String value) {
        if (key.function() == TextKey.Function.AUTHENTICATION) {
            authenticationKeys.put(key.keyName(), value);
            return key.isValid(value) ? null : invalid(key, value);
        }
        if (unanswered.contains(key)) {
            return receiveAnswer(key, value);
        }
        if (key.function() == TextKey.Function.DECLARATION) {
            return receiveDeclaration(key, value);
        }
        if (!key.isSentBy(!initiator) || TextKey.isReservedAnswer(value)) {
            return ProtocolError.protocolError("unexpected " + key.keyName() + "=" + value);
        }
        answer(key, value);
        return null;
    }

    private @Nullable ProtocolError receiveDeclaration(TextKey key, String value) {
        if (TextKey.isReservedAnswer(value)) {
            boolean isAnswer =
                    declared.containsKey(key) && !(value.equals(TextKey.NOT_UNDERSTOOD) && key.isAlwaysUnderstood());
            return isAnswer ? null : ProtocolError.protocolError("unexpected " + key.keyName() + "=" + value);
        }
        // a peer that repeats what we alone may declare does no harm
        if (!key.isSentBy(!initiator)) {
            return declared.containsKey(key) ? null : ProtocolError.protocolError("unexpected " + key.keyName());
        }
        if (!key.isValid(value)) {
            return invalid(key, value);
        }
        // section 6.3: what a login has declared stays
        String before = peerDeclared.putIfAbsent(key, value);
        if (before != null && !before.equals(value) && key.use() != TextKey.Use.ALL) {
            return ProtocolError.protocolError(key.keyName() + " changed from " + before + " to " + value);
        }
        peerDeclared.put(key, value);
        return null;
    }

    /** Whether the peer offered a key that is negotiated. */
    public boolean peerOffered(TextKey key) {
        return peerOffers.contains(key);
    }

    private void answer(TextKey key, String offered) {
        peerOffers.add(key);
        if (agreed.containsKey(key)) {
            // negotiated in an earlier stage: that outcome stands
            reply(key, TextKey.REJECT);
            return;
        }
        if (key.isIrrelevant(discovery, isRdma())) {
            reply(key, TextKey.IRRELEVANT);
            return;
        }
        if (!key.isValid(offered) || key.function() == TextKey.Function.REJECT) {
            reply(key, TextKey.REJECT);
            return;
        }
        String result = result(key, offered);
        if (!result.equals(TextKey.REJECT)) {
            agreed.put(key, result);
        }
        reply(key, result);
    }

    private String result(TextKey key, String offered) {
        String ours = position(key);
        return switch (key.function()) {
            case AND -> offered.equals(TextKey.YES) && ours.equals(TextKey.YES) ? TextKey.YES : TextKey.NO;
            case OR -> offered.equals(TextKey.YES) || ours.equals(TextKey.YES) ? TextKey.YES : TextKey.NO;
            case MINIMUM -> Long.toString(Math.min(NumericalValue.parse(offered), limit(key)));
            case MAXIMUM -> Long.toString(Math.max(NumericalValue.parse(offered), limit(key)));
            case LIST -> firstSupported(offered, ours);
            case DECLARATION, REJECT, AUTHENTICATION -> TextKey.REJECT;
        };
    }

    /** This side's number for a key; FirstBurstLength never above MaxBurstLength (RFC 7143 section 13.14). */
    private long limit(TextKey key) {
        long ours = NumericalValue.parse(position(key));
        return key == TextKey.FIRST_BURST_LENGTH ? Math.min(ours, number(TextKey.MAX_BURST_LENGTH)) : ours;
    }

    private static String firstSupported(String offered, String ours) {
        List<String> supported = List.of(ours.split(",", -1));
        for (String value : offered.split(",", -1)) {
            if (supported.contains(value)) {
                return value;
            }
        }
        return TextKey.REJECT;
    }

    private @Nullable ProtocolError receiveAnswer(TextKey key, String value) {
        unanswered.remove(key);
        if (value.equals(TextKey.NOT_UNDERSTOOD) && key.isAlwaysUnderstood()) {
            return ProtocolError.protocolError(key.keyName() + " answered NotUnderstood");
        }
        if (TextKey.isReservedAnswer(value)) {
            agreed.put(key, key.defaultValue());
            return null;
        }
        if (!key.isValid(value)) {
            return invalid(key, value);
        }
        String offered = position(key);
        boolean isAllowed = switch (key.function()) {
            case AND -> offered.equals(TextKey.YES) || value.equals(TextKey.NO);
            case OR -> offered.equals(TextKey.NO) || value.equals(TextKey.YES);
            case MINIMUM -> NumericalValue.parse(value) <= NumericalValue.parse(offered);
            case MAXIMUM -> NumericalValue.parse(value) >= NumericalValue.parse(offered);
            case LIST -> List.of(offered.split(",", -1)).contains(value);
            case DECLARATION, REJECT, AUTHENTICATION -> false;
        };
        if (!isAllowed) {
            return ProtocolError.protocolError(key.keyName() + "=" + offered + " was answered " + value);
        }
        agreed.put(key, value);
        return null;
    }

    /**
     * A stage ends: settles offers whose outcome is forced without an answer (RFC 7143 section 6.2).
     *
     * @return an offer that needed an answer and has none; null if all is settled
     */
    public @Nullable TextKey settle() {
        for (TextKey key : List.copyOf(unanswered)) {
            String offered = position(key);
            boolean isForced = (key.function() == TextKey.Function.AND && offered.equals(TextKey.NO))
                    || (key.function() == TextKey.Function.OR && offered.equals(TextKey.YES));
            if (isForced) {
                agreed.put(key, offered);
            } else if (key != TextKey.ISER_HELLO_REQUIRED && key != TextKey.AUTH_METHOD) {
                return key;
            }
            unanswered.remove(key);
        }
        return null;
    }

    /** Whether an offer of that key waits for its answer. */
    public boolean hasUnanswered() {
        return !unanswered.isEmpty();
    }

    /** Whether a key was negotiated to a result, in contrast to its default that holds. */
    public boolean isAgreed(TextKey key) {
        return agreed.containsKey(key);
    }

    /** The result of a negotiated key: what was agreed, or its default. */
    public String value(TextKey key) {
        return agreed.getOrDefault(key, key.defaultValue());
    }

    public long number(TextKey key) {
        return NumericalValue.parse(value(key));
    }

    public boolean isYes(TextKey key) {
        return value(key).equals(TextKey.YES);
    }

    /** What this side declared; null if it did not. */
    public @Nullable String declared(TextKey key) {
        return declared.get(key);
    }

    /** What the peer declared; null if it did not. */
    public @Nullable String peerDeclared(TextKey key) {
        return peerDeclared.get(key);
    }

    /** The authentication method's keys since the last call. */
    public Map<String, String> takeAuthenticationKeys() {
        Map<String, String> taken = Map.copyOf(authenticationKeys);
        authenticationKeys.clear();
        return taken;
    }

    /**
     * Whether data will move by RDMA: as RDMAExtensions came out, and as long as nobody mentioned it as the transport has it, because
     * libiscsi over iSER never sends the key and there is no way back to TCP on such a connection.
     */
    public boolean isRdma() {
        String outcome = agreed.get(TextKey.RDMA_EXTENSIONS);
        return !discovery && rdmaTransport && (outcome == null || outcome.equals(TextKey.YES));
    }

    /** This side's value for a key. */
    public String position(TextKey key) {
        return positions.getOrDefault(key, key.defaultValue());
    }

    private void reply(TextKey key, String value) {
        outgoing.add(new KeyValue(key.keyName(), value));
    }

    private static ProtocolError invalid(TextKey key, String value) {
        return ProtocolError.protocolError("invalid " + key.keyName() + "=" + value);
    }
}
