package io.ffmiser.iscsi.text;

import io.ffmiser.iscsi.pdu.Decoded;
import io.ffmiser.iscsi.pdu.ProtocolError;
import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The text of discovery (RFC 7143 appendix C): answers to SendTargets at a target, parsed at an initiator. Only TargetName and
 * TargetAddress stand in it.
 */
public final class SendTargets {
    /** The key. */
    public static final String KEY = "SendTargets";

    /** Its value that asks for everything, in a discovery session. */
    public static final String ALL = "All";

    private static final String TARGET_NAME = "TargetName";
    private static final String TARGET_ADDRESS = "TargetAddress";

    /** A target has its name and a few portals. */
    private static final int MAX_PAIRS_PER_TARGET = 64;

    private SendTargets() {}

    /**
     * One target.
     *
     * @param addresses host[:port],tag each, IPv6 in brackets; none means the address of this very connection
     */
    public record Entry(String targetName, List<String> addresses) {}

    /** A TargetAddress value (RFC 7143 section 13.8), IPv6 in brackets. */
    public static String address(InetAddress host, int port, int targetPortalGroupTag) {
        String literal = host.getHostAddress();
        int scope = literal.indexOf('%');
        if (scope >= 0) {
            literal = literal.substring(0, scope);
        }
        String bracketed = host instanceof Inet6Address ? "[" + literal + "]" : literal;
        return bracketed + ":" + port + "," + targetPortalGroupTag;
    }

    /**
     * The text of an answer, cut into data segments at the ends of pairs: each but the last goes in a Text Response with F = 0, C = 0 and
     * a Target Transfer Tag, the last in one with F = 1.
     *
     * @param maxSegment the most octets of a data segment, 512 or more
     * @return at least one segment
     */
    public static List<byte[]> encode(List<Entry> entries, int maxSegment) {
        List<byte[]> segments = new ArrayList<>();
        ByteArrayOutputStream segment = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            append(segments, segment, maxSegment, TARGET_NAME, entry.targetName());
            for (String address : entry.addresses()) {
                append(segments, segment, maxSegment, TARGET_ADDRESS, address);
            }
        }
        segments.add(segment.toByteArray());
        return segments;
    }

    private static void append(
            List<byte[]> segments, ByteArrayOutputStream segment, int maxSegment, String key, String value) {
        byte[] pair = (key + "=" + value + "\0").getBytes(StandardCharsets.UTF_8);
        if (pair.length > maxSegment) {
            throw new IllegalArgumentException("a pair of " + pair.length + " octets does not fit " + maxSegment);
        }
        if (segment.size() + pair.length > maxSegment) {
            segments.add(segment.toByteArray());
            segment.reset();
        }
        segment.writeBytes(pair);
    }

    /**
     * Reads an answer whose segments have been joined. One target that is named oddly, or a key that nobody knows, must not hide the
     * others: such are left out. Names come as the target writes them: it may know no other form.
     *
     * @param maxTargets more than these are an error
     * @param skipped gets what was left out, as the peer wrote it
     */
    public static Decoded<List<Entry>> decode(byte[] text, int maxTargets, List<String> skipped) {
        Decoded<List<KeyValue>> decoded = TextFormat.decode(text, MAX_PAIRS_PER_TARGET * maxTargets, skipped);
        if (decoded instanceof Decoded.Malformed<List<KeyValue>>(ProtocolError error)) {
            return new Decoded.Malformed<>(error);
        }
        List<Entry> entries = new ArrayList<>();
        boolean named = false;
        String name = null;
        for (KeyValue pair : ((Decoded.Value<List<KeyValue>>) decoded).value()) {
            boolean isName = pair.key().equals(TARGET_NAME);
            boolean isAddress = pair.key().equals(TARGET_ADDRESS);
            if (isAddress && !named) {
                return malformed("a " + TARGET_ADDRESS + " before any " + TARGET_NAME);
            }
            if (isName) {
                named = true;
                name = IscsiName.isValid(pair.value()) ? pair.value() : null;
            }
            if (isName && name != null) {
                if (entries.size() == maxTargets) {
                    return malformed("more than " + maxTargets + " targets");
                }
                entries.add(new Entry(name, new ArrayList<>()));
            } else if (isAddress && name != null) {
                entries.getLast().addresses().add(pair.value());
            } else if (!isAddress) {
                skipped.add(pair.key() + "=" + pair.value());
            }
        }
        return new Decoded.Value<>(entries);
    }

    private static Decoded<List<Entry>> malformed(String reason) {
        return new Decoded.Malformed<>(ProtocolError.protocolError("SendTargets: " + reason));
    }
}
