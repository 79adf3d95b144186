package io.ffmiser.iscsi.text;

/** One key=value pair (RFC 7143 section 6.1). */
public record KeyValue(String key, String value) {}
