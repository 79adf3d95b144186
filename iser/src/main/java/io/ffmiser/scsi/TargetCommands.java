package io.ffmiser.scsi;

/**
 * Answers for LUNs that do not exist (SPC-4 section 6.4.2 and SAM-5 section 4.7.5): INQUIRY says so, REPORT LUNS lists those that do,
 * REQUEST SENSE gives LOGICAL UNIT NOT SUPPORTED, and every other command ends with it. LUN 0 need not exist.
 */
public final class TargetCommands extends DeviceServer {
    private final CommandTable table = new CommandTable();

    /** Makes it. */
    public TargetCommands(LunInventory inventory) {
        super(DiskSettings.DEFAULT_MAX_TASKS);
        table.addExempt("03 01 00 00 ff 00", new RequestSenseCommand(() -> Sense.LUN_NOT_SUPPORTED))
                .addExempt("12 01 ff ff ff 00", new InquiryCommand(null))
                .addExempt("a0 00 ff 00 00 00 ff ff ff ff 00 00", new ReportLunsCommand(inventory));
    }

    @Override
    String name() {
        return "no logical unit";
    }

    @Override
    CommandTable table() {
        return table;
    }

    @Override
    boolean isDescriptorSense() {
        return false;
    }

    @Override
    boolean isStopped() {
        return false;
    }

    @Override
    void unknownCommand(Task task) {
        task.fail(Sense.LUN_NOT_SUPPORTED);
    }

    /** Nothing is pending at a LUN that does not exist. */
    @Override
    public void nexusEstablished(Nexus nexus) {}
}
