package io.ffmiser.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Sense key, ASC and ASCQ as SPC-4 table 48 and annex F number them, which no constant of ours may change. */
class ConditionsTest {
    @Test
    void shouldHaveTheNumbersOfSpc_whenConditionsAreNamed() {
        assertEquals(0x020402, Sense.INITIALIZING_COMMAND_REQUIRED);
        assertEquals(0x031100, Sense.READ_ERROR);
        assertEquals(0x030C00, Sense.WRITE_ERROR);
        assertEquals(0x044400, Sense.INTERNAL_TARGET_FAILURE);
        assertEquals(0x050E03, Sense.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT);
        assertEquals(0x051A00, Sense.PARAMETER_LIST_LENGTH_ERROR);
        assertEquals(0x052000, Sense.INVALID_OPERATION_CODE);
        assertEquals(0x052100, Sense.LBA_OUT_OF_RANGE);
        assertEquals(0x052400, Sense.INVALID_FIELD_IN_CDB);
        assertEquals(0x052500, Sense.LUN_NOT_SUPPORTED);
        assertEquals(0x052600, Sense.INVALID_FIELD_IN_PARAMETER_LIST);
        assertEquals(0x053900, Sense.SAVING_PARAMETERS_NOT_SUPPORTED);
        assertEquals(0x054900, Sense.INVALID_MESSAGE);
        assertEquals(0x055503, Sense.INSUFFICIENT_RESOURCES);
        assertEquals(0x072700, Sense.WRITE_PROTECTED);
        assertEquals(0x072707, Sense.SPACE_ALLOCATION_FAILED);
        assertEquals(0x0E1D00, Sense.MISCOMPARE_DURING_VERIFY);
    }

    @Test
    void shouldHaveTheNumbersOfSpc_whenUnitAttentionsAreNamed() {
        assertEquals(0x2900, UnitAttention.POWER_ON_OR_RESET);
        assertEquals(0x2903, UnitAttention.BUS_DEVICE_RESET_FUNCTION_OCCURRED);
        assertEquals(0x2907, UnitAttention.NEXUS_LOSS_OCCURRED);
        assertEquals(0x2A01, UnitAttention.MODE_PARAMETERS_CHANGED);
        assertEquals(0x3F0E, UnitAttention.REPORTED_LUNS_DATA_HAS_CHANGED);
        assertEquals(0x477F, UnitAttention.SOME_COMMANDS_CLEARED_BY_ISCSI_PROTOCOL_EVENT);
    }

    @Test
    void shouldHaveTheNumbersOfSam_whenStatusesAreNamed() {
        assertEquals(0x00, ScsiCommand.GOOD);
        assertEquals(0x02, ScsiCommand.CHECK_CONDITION);
        assertEquals(0x08, ScsiCommand.BUSY);
        assertEquals(0x18, ScsiCommand.RESERVATION_CONFLICT);
        assertEquals(0x28, ScsiCommand.TASK_SET_FULL);
        assertEquals(0x40, ScsiCommand.TASK_ABORTED);
    }
}
