package io.ffmiser.iscsi.fuzz;

import io.ffmiser.iscsi.pdu.AdditionalHeaderSegments;
import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.pdu.LoginRequestPdu;
import io.ffmiser.iscsi.pdu.LoginResponsePdu;
import io.ffmiser.iscsi.pdu.Pdu;
import io.ffmiser.iscsi.pdu.ScsiCommandPdu;
import java.lang.foreign.MemorySegment;

/** Any octets as a PDU: BHS, AHS, login. */
public final class HeaderFuzz {
    private HeaderFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        LoginRequestPdu.decode(input);
        LoginResponsePdu.decode(input);
        if (input.length < Pdu.HEADER_LENGTH) {
            return;
        }
        MemorySegment segment = MemorySegment.ofArray(input);
        ScsiCommandPdu pdu = new ScsiCommandPdu();
        pdu.wrap(segment, 0);
        pdu.opcode();
        LogicalUnitNumber.decode(pdu.lun());
        byte[] cdb = new byte[AdditionalHeaderSegments.MAX_CDB_LENGTH];
        pdu.copyCdb(cdb);
        AdditionalHeaderSegments ahs = new AdditionalHeaderSegments();
        int length = Math.min(pdu.ahsLength(), input.length - Pdu.HEADER_LENGTH);
        if (ahs.wrap(segment, Pdu.HEADER_LENGTH, length) == null) {
            ahs.copyExtendedCdb(cdb, ScsiCommandPdu.CDB_LENGTH);
        }
    }
}
