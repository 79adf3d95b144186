package io.ffmiser.target;

import io.ffmiser.iscsi.session.Failures;
import io.ffmiser.memory.MemoryRegistrar;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.scsi.LogicalUnit;
import io.ffmiser.scsi.Nexus;
import io.ffmiser.scsi.ScsiCommand;
import io.ffmiser.scsi.TransportServices;
import io.ffmiser.store.BlockStore;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The SCSI transport of one session: its nexus with each logical unit of the node, the stores' memory and the buffer pool as registered
 * for it, and the commands that wait for a chunk.
 */
final class SessionTransport implements TransportServices {
    private final BufferPool pool;
    private final RegisteredMemory poolMemory;
    private final BufferPool.Share share;
    private final @Nullable Nexus[] nexuses;
    private final Nexus noUnit;
    private final List<RegisteredMemory> storeMemories = new ArrayList<>();
    /** In order; a command that waits for two is in it twice. A list that cannot grow stays as it was. */
    private final ArrayList<CommandSlot> waiting = new ArrayList<>();
    /** What it has of the pool, which counts. */
    int chunks;

    private @Nullable ServedConnection connection;

    /**
     * Registers what the session needs.
     *
     * @throws RuntimeException if the registrar refuses; nothing is left registered
     */
    SessionTransport(
            BufferPool pool,
            MemoryRegistrar registrar,
            InetAddress address,
            NodeUnits.@Nullable Unit[] units,
            String initiatorPortName,
            String targetPortName,
            int relativeTargetPortId) {
        this.pool = pool;
        share = pool.join(address);
        try {
            poolMemory = registrar.register(pool.segment(), MemoryRole.BUFFER_POOL);
        } catch (RuntimeException | Error e) {
            pool.forget(this);
            throw e;
        }
        nexuses = new Nexus[units.length];
        try {
            for (int lun = 0; lun < units.length; lun++) {
                NodeUnits.Unit unit = units[lun];
                if (unit != null) {
                    RegisteredMemory memory = register(unit.store(), registrar);
                    nexuses[lun] = new Nexus(initiatorPortName, targetPortName, relativeTargetPortId, memory);
                }
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        noUnit = new Nexus(initiatorPortName, targetPortName, relativeTargetPortId, null);
    }

    private @Nullable RegisteredMemory register(BlockStore store, MemoryRegistrar registrar) {
        MemorySegment own = store.memory();
        if (own == null) {
            return null;
        }
        RegisteredMemory memory = registrar.register(own, MemoryRole.STORE);
        storeMemories.add(memory);
        return memory;
    }

    /** Whose registrations it has. */
    void setConnection(ServedConnection served) {
        connection = served;
    }

    @Nullable
    ServedConnection connection() {
        return connection;
    }

    /** The nexus with a logical unit; with none if the number names none. */
    Nexus nexus(int lun) {
        Nexus nexus = lun >= 0 && lun < nexuses.length ? nexuses[lun] : null;
        return nexus == null ? noUnit : nexus;
    }

    @Override
    public void requestBuffer(ScsiCommand command, int length) {
        CommandSlot slot = CommandSlot.of(command);
        int chunk = pool.tryTake(this);
        if (chunk >= 0) {
            grant(slot, chunk, length);
            return;
        }
        slot.wantedLength = length;
        waiting.add(slot);
        if (waiting.size() == 1) {
            try {
                pool.await(this);
            } catch (RuntimeException | Error e) {
                waiting.clear();
                throw e;
            }
        }
    }

    @Override
    public boolean withdrawBuffer(ScsiCommand command) {
        int last = waiting.lastIndexOf(CommandSlot.of(command));
        if (last < 0) {
            return false;
        }
        waiting.remove(last);
        if (waiting.isEmpty()) {
            pool.awaitNoMore(this);
        }
        return true;
    }

    @Override
    public int unanswered(ScsiCommand command) {
        return CommandSlot.of(command).task.transferCount();
    }

    /** Where its chunks count, too. */
    BufferPool.Share share() {
        return share;
    }

    /** How many commands wait for a chunk. */
    int waitingCount() {
        return waiting.size();
    }

    /** Hands a chunk to the command that has waited longest. */
    void grantWaiting(int chunk) {
        CommandSlot slot = waiting.removeFirst();
        grant(slot, chunk, slot.wantedLength);
    }

    private void grant(CommandSlot slot, int chunk, int length) {
        LogicalUnit unit = slot.unit();
        unit.bufferGranted(
                slot.command, poolMemory, (long) chunk * pool.chunkBytes(), Math.min(length, pool.chunkBytes()));
    }

    @Override
    public int chunkBytes() {
        return pool.chunkBytes();
    }

    @Override
    public void releaseBuffer(ScsiCommand command, RegisteredMemory memory, long offset) {
        pool.give(this, (int) (offset / pool.chunkBytes()));
    }

    @Override
    public void sendDataIn(ScsiCommand command, RegisteredMemory memory, long offset, int length, long bufferOffset) {
        CommandSlot.of(command).task.sendDataIn(memory, offset, length, bufferOffset);
    }

    @Override
    public void receiveDataOut(
            ScsiCommand command, RegisteredMemory memory, long offset, int length, long bufferOffset) {
        CommandSlot.of(command).task.receiveDataOut(memory, offset, length, bufferOffset);
    }

    @Override
    public void sendCommandComplete(ScsiCommand command) {
        CommandSlot.of(command).complete();
    }

    /** Ends the registrations, each whatever the others throw; no command of the session is left. */
    void close() {
        Failures failures = new Failures();
        failures.hold(() -> pool.forget(this));
        for (RegisteredMemory memory : storeMemories) {
            failures.hold(memory::close);
        }
        storeMemories.clear();
        failures.hold(poolMemory::close);
        failures.rethrow();
    }
}
