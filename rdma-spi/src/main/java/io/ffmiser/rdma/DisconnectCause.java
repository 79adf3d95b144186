package io.ffmiser.rdma;

/** Why a connection ended or could not be made. */
public sealed interface DisconnectCause {
    /** For a person: what happened and, where known, what to do. */
    String message();

    /** We asked for it. */
    record LocalDisconnect() implements DisconnectCause {
        @Override
        public String message() {
            return "disconnected by this side";
        }
    }

    /** The peer ended it in order. */
    record RemoteDisconnect() implements DisconnectCause {
        @Override
        public String message() {
            return "disconnected by the peer";
        }
    }

    /** The peer refused the connect request. */
    record Rejected(String message, byte[] privateData) implements DisconnectCause {
        public Rejected {
            privateData = privateData.clone();
        }

        @Override
        public byte[] privateData() {
            return privateData.clone();
        }
    }

    /** No answer, or no way there. */
    record Unreachable(String message) implements DisconnectCause {}

    /** This side found the peer breaking the protocol or reaching for memory that it may not; the peer was told if possible. */
    record LocalError(String message) implements DisconnectCause {}

    /** The peer reported an error (on iWARP, a Terminate). */
    record RemoteError(String message) implements DisconnectCause {}

    /** The transport failed: reset, timeout, link or device gone. */
    record TransportLost(String message) implements DisconnectCause {}
}
