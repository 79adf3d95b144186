package io.ffmiser.initiator;

/** The life of a {@link Session}. */
public enum SessionState {
    /** The first connection and login are under way. */
    CONNECTING,
    /** Logged in: commands are sent. */
    LOGGED_IN,
    /** The connection was lost; requests wait while it logs in again. */
    RECONNECTING,
    /** Asked to log out: no new requests, those outstanding are finished. */
    LOGGING_OUT,
    /** Logged out or closed by the caller. */
    CLOSED,
    /** Ended for good by an error, {@link Session#failure()}. */
    FAILED
}
