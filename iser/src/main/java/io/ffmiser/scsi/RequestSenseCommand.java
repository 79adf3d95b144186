package io.ffmiser.scsi;

import java.util.function.IntSupplier;

/** REQUEST SENSE, SPC-4 section 6.39: gives and clears a pending unit attention, or tells the condition of the unit. */
final class RequestSenseCommand implements CommandHandler {
    private static final int DESCRIPTOR_FORMAT = 0x01;

    private final IntSupplier otherwise;

    /**
     * Makes it.
     *
     * @param otherwise the condition without a unit attention: no sense, that it is stopped, or that there is no logical unit
     */
    RequestSenseCommand(IntSupplier otherwise) {
        this.otherwise = otherwise;
    }

    @Override
    public void start(Task task) {
        int attention = task.nexus().takeUnitAttention();
        int condition = attention >= 0 ? Sense.unitAttention(attention) : otherwise.getAsInt();
        byte[] data = new byte[28];
        boolean descriptor = Cdb.bit(task.cdb(), 1, DESCRIPTOR_FORMAT);
        int length = Sense.encode(data, descriptor, condition, Sense.NONE, Sense.NONE);
        task.reply(data, length, Cdb.octet(task.cdb(), 4));
    }
}
