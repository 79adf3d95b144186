package io.ffmiser.scsi;

import io.ffmiser.store.BlockStore;

/**
 * A disk (SPC-4, SBC-3) on a {@link BlockStore}. Made by the owner of its poller; the store stays the caller's, who closes it after the
 * last command has ended.
 *
 * <p>Data in the store's own memory travels with no copy where the nexus has a view of it; otherwise through the transport's pool.
 * READ, WRITE and SYNCHRONIZE CACHE allocate nothing.
 */
public final class DiskLogicalUnit extends DeviceServer {
    private final Disk disk;
    private final CommandTable table;

    /**
     * Makes a disk.
     *
     * @param inventory what REPORT LUNS answers
     */
    public DiskLogicalUnit(BlockStore store, DiskSettings settings, LunInventory inventory) {
        super(settings.maxTasks());
        disk = new Disk(store, settings);
        table = commands(inventory);
    }

    /** What the disk says of itself. */
    public DiskSettings settings() {
        return disk.settings;
    }

    private CommandTable commands(LunInventory inventory) {
        CommandTable commands = new CommandTable();
        CommandHandler accept = new AcceptCommand();
        CommandHandler read = new ReadCommand(disk);
        CommandHandler write = new WriteCommand(disk);
        CommandHandler verify = new VerifyCommand(disk, false);
        CommandHandler writeAndVerify = new VerifyCommand(disk, true);
        CommandHandler writeSame = new WriteSameCommand(disk);
        CommandHandler capacity = new ReadCapacityCommand(disk);
        CommandHandler synchronize = new SynchronizeCacheCommand(disk);
        ModePages pages = new ModePages(disk);
        CommandHandler modeSense = new ModeSenseCommand(disk, pages);
        CommandHandler modeSelect = new ModeSelectCommand(this, disk, pages);
        commands.add("00 00 00 00 00 00", accept)
                .addExempt(
                        "03 01 00 00 ff 00",
                        new RequestSenseCommand(
                                () -> disk.stopped ? Sense.INITIALIZING_COMMAND_REQUIRED : Sense.NO_SENSE))
                .add("08 1f ff ff ff 00", read)
                .add("0a 1f ff ff ff 00", write)
                .addExempt("12 01 ff ff ff 00", new InquiryCommand(disk))
                .addWhileStopped("15 11 00 00 ff 00", modeSelect)
                .addWhileStopped("1a 08 ff ff ff 00", modeSense)
                .addWhileStopped("1b 01 00 0f f7 00", new StartStopUnitCommand(disk))
                .addWhileStopped("1d f7 00 ff ff 00", accept)
                .addWhileStopped("1e 00 00 00 03 00", accept)
                .addWhileStopped("25 00 00 00 00 00 00 00 00 00", capacity)
                .add("28 18 ff ff ff ff 1f ff ff 00", read)
                .add("2a 18 ff ff ff ff 1f ff ff 00", write)
                .add("2e 16 ff ff ff ff 1f ff ff 00", writeAndVerify)
                .add("2f 16 ff ff ff ff 1f ff ff 00", verify)
                .add("35 02 ff ff ff ff 1f ff ff 00", synchronize)
                .add("41 18 ff ff ff ff 1f ff ff 00", writeSame)
                .addWhileStopped("55 11 00 00 00 00 00 ff ff 00", modeSelect)
                .addWhileStopped("5a 18 ff ff 00 00 00 ff ff 00", modeSense)
                .add("88 18 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00", read)
                .add("8a 18 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00", write)
                .add("8e 16 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00", writeAndVerify)
                .add("8f 16 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00", verify)
                .add("91 02 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00", synchronize)
                .add("93 19 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00", writeSame)
                .addWhileStopped("9e 10 00 00 00 00 00 00 00 00 ff ff ff ff 00 00", capacity)
                .addExempt("a0 00 ff 00 00 00 ff ff ff ff 00 00", new ReportLunsCommand(inventory))
                .addWhileStopped("a3 0c 87 ff ff ff ff ff ff ff 00 00", new ReportSupportedOpcodesCommand(commands))
                .add("a8 18 ff ff ff ff ff ff ff ff 1f 00", read)
                .add("aa 18 ff ff ff ff ff ff ff ff 1f 00", write)
                .add("af 16 ff ff ff ff ff ff ff ff 1f 00", verify);
        if (disk.thin) {
            commands.add("42 01 00 00 00 00 1f ff ff 00", new UnmapCommand(disk))
                    .add("9e 12 ff ff ff ff ff ff ff ff ff ff ff ff 00 00", new GetLbaStatusCommand(disk));
        }
        return commands;
    }

    @Override
    String name() {
        return disk.store.description();
    }

    @Override
    CommandTable table() {
        return table;
    }

    @Override
    boolean isDescriptorSense() {
        return disk.descriptorSense;
    }

    @Override
    boolean isStopped() {
        return disk.stopped;
    }

    /** Restores the mode pages too, and starts it. */
    @Override
    public void reset() {
        disk.restoreDefaults();
        super.reset();
    }
}
