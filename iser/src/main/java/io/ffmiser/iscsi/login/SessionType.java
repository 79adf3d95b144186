package io.ffmiser.iscsi.login;

/** The SessionType key (RFC 7143 section 13.21). */
public enum SessionType {
    /** For SendTargets and nothing else. */
    DISCOVERY("Discovery"),
    NORMAL("Normal");

    private final String text;

    SessionType(String text) {
        this.text = text;
    }

    /** The value of the key. */
    public String text() {
        return text;
    }
}
