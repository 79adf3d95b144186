package io.ffmiser.datamover;

/**
 * Carries the PDUs of the Login Phase, before Enable_Datamover: over RDMA each in a Send of its own behind an iSER
 * header (wire form of Linux, tgt and libiscsi); over TCP as a byte stream. One PDU is outstanding in each direction.
 */
public interface LoginChannel {
    /** The most octets of data segment in a login PDU: 8192 (RFC 7143 section 13.12, the default that holds in login). */
    int MAX_DATA_SEGMENT_LENGTH = 8192;

    /**
     * Sends a login PDU.
     *
     * @param pdu BHS then data, padded; read during the call only
     */
    void sendLogin(byte[] pdu);

    /** Receives the peer's login PDUs, and the loss of the connection before full feature phase. */
    interface Listener {
        /** The connection is up: an initiator may send its first request. */
        void loginChannelOpened();

        /**
         * A PDU arrived.
         *
         * @param pdu BHS, AHS if any, then data without padding, a copy
         */
        void loginPdu(byte[] pdu);

        /** The connection ended. */
        void loginChannelClosed(String reason);
    }
}
