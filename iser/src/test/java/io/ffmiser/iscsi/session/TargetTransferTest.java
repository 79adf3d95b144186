package io.ffmiser.iscsi.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
}
