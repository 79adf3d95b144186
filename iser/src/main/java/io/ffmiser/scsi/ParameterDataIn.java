package io.ffmiser.scsi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Sends parameter data that stands in an array, chunk by chunk. */
final class ParameterDataIn implements CommandHandler {
    static final CommandHandler HANDLER = new ParameterDataIn();

    private ParameterDataIn() {}

    @Override
    public void start(Task task) {}

    @Override
    public void advance(Task task) {
        byte[] data = task.data;
        if (data == null) {
            throw new IllegalStateException("no parameter data");
        }
        TaskBuffer buffer = task.first;
        switch (buffer.state()) {
            case IDLE -> {
                if (task.length == 0) {
                    task.good();
                } else {
                    buffer.request(task.length);
                }
            }
            case GRANTED, SENT -> {
                int count = (int) Math.min(buffer.capacity(), task.length - task.issued);
                MemorySegment.copy(
                        data, (int) task.issued, buffer.segment(), ValueLayout.JAVA_BYTE, buffer.memoryOffset(), count);
                buffer.position = task.issued;
                task.issued += count;
                buffer.send(count);
                if (task.issued == task.length) {
                    task.good();
                }
            }
            default -> {
                // An answer is awaited.
            }
        }
    }
}
