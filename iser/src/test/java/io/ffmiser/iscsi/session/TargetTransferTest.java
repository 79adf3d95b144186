package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TargetTransferTest {
    @Test
    void shouldTellTheLengthOfEachPiece_whenTheLastIsShorter() {
        TargetTransfer transfer = new TargetTransfer();
        transfer.length = 2500;
        transfer.firstPiece(-1);
        assertEquals(1000, transfer.pieceLength(-1, 1000));
        assertEquals(1000, transfer.pieceLength(0, 1000));
        assertEquals(500, transfer.pieceLength(1, 1000));
    }

    @Test
    void shouldKnowItsPieces_whenNumbersWrap() {
        TargetTransfer transfer = new TargetTransfer();
        transfer.length = 2500;
        transfer.firstPiece(Integer.MAX_VALUE);
        assertFalse(transfer.hasPiece(Integer.MAX_VALUE), "none is issued");
        transfer.nextSn = Integer.MIN_VALUE + 1;

        assertFalse(transfer.hasPiece(Integer.MAX_VALUE - 1));
        assertTrue(transfer.hasPiece(Integer.MAX_VALUE));
        assertTrue(transfer.hasPiece(Integer.MIN_VALUE));
        assertFalse(transfer.hasPiece(Integer.MIN_VALUE + 1));
    }

    @Test
    void shouldBeDone_whenAllIsIssuedAndNothingOutstanding() {
        TargetTransfer transfer = new TargetTransfer();
        assertFalse(transfer.isDone());
        transfer.issued = true;
        transfer.outstanding = 1;
        assertFalse(transfer.isDone());
        transfer.outstanding = 0;
        assertTrue(transfer.isDone());
        assertThrows(IllegalStateException.class, transfer::memory);
    }
}
