package io.ffmiser.initiator;

/**
 * Standard INQUIRY data (SPC-4 section 6.6.2).
 *
 * @param peripheralQualifier 0: a device is there; 3: none can be
 * @param deviceType 0 is a disk; 0x1f is none or unknown
 * @param vendor T10 vendor identification, trimmed
 * @param product product identification, trimmed
 * @param revision product revision, trimmed
 * @param version the SPC version octet
 */
public record Inquiry(
        int peripheralQualifier, int deviceType, String vendor, String product, String revision, int version) {}
