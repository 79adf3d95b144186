package io.ffmiser.iscsi.pdu;

/** The outcome of a total decoder: a value or what is wrong with the octets. */
public sealed interface Decoded<T> {
    /** The octets made sense. */
    record Value<T>(T value) implements Decoded<T> {}

    /** They did not. */
    record Malformed<T>(ProtocolError error) implements Decoded<T> {}
}
