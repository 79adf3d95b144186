package io.ffmiser.scsi;

/** Receives a parameter list into an array and passes it on. Lists are shorter than a chunk. */
final class ParameterListOut implements CommandHandler {
    private final CommandHandler then;

    ParameterListOut(CommandHandler then) {
        this.then = then;
    }

    @Override
    public void start(Task task) {}

    @Override
    public void advance(Task task) {
        TaskBuffer buffer = task.first;
        switch (buffer.state()) {
            case IDLE -> {
                if (task.length == 0) {
                    task.parametersArrived(then, new byte[0]);
                } else {
                    buffer.request(task.length);
                }
            }
            case GRANTED -> buffer.receive(0, (int) task.length);
            case RECEIVED -> {
                byte[] list = new byte[(int) task.length];
                Task.copyOut(buffer, list, list.length);
                buffer.release();
                task.parametersArrived(then, list);
            }
            default -> {
                // An answer is awaited.
            }
        }
    }
}
