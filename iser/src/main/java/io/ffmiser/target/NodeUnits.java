package io.ffmiser.target;

import io.ffmiser.iscsi.pdu.LogicalUnitNumber;
import io.ffmiser.iscsi.session.TargetConnection;
import io.ffmiser.iscsi.session.TargetSession;
import io.ffmiser.iscsi.session.TargetTask;
import io.ffmiser.iscsi.session.TargetTaskHandler;
import io.ffmiser.quota.PeerLines;
import io.ffmiser.scsi.DiskLogicalUnit;
import io.ffmiser.scsi.DiskSettings;
import io.ffmiser.scsi.LogicalUnit;
import io.ffmiser.scsi.LunInventory;
import io.ffmiser.scsi.Nexus;
import io.ffmiser.scsi.TargetCommands;
import io.ffmiser.scsi.UnitAttention;
import io.ffmiser.store.BlockStore;
import io.ffmiser.store.StoreException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logical units of one node, as its sessions see them: adapts the session layer's tasks to the SCSI layer's commands. Owns the stores.
 * One owner: the target's thread.
 */
final class NodeUnits implements TargetTaskHandler, LunInventory {
    private static final Logger LOG = LoggerFactory.getLogger(NodeUnits.class);

    /** A logical unit and where it keeps its blocks. */
    record Unit(LogicalUnit commands, BlockStore store) {}

    private final BufferPool pool;
    private final PeerLines peerLog;
    private final String nodeName;
    private final int portalGroupTag;
    private final @Nullable Unit[] units;
    private final int[] numbers;
    private final LogicalUnit noUnit;
    /** Sessions that have stores' memory registered. */
    private int nexuses;

    /**
     * Opens the stores.
     *
     * @param owners makes the executor of each store
     * @param peerLog bounds the lines that initiators can provoke
     * @throws StoreException if one cannot be opened; those opened before are closed
     */
    NodeUnits(TargetNode node, int portalGroupTag, BufferPool pool, Supplier<Executor> owners, PeerLines peerLog) {
        this.pool = pool;
        this.peerLog = peerLog;
        this.nodeName = node.name();
        this.portalGroupTag = portalGroupTag;
        int size = node.logicalUnits().isEmpty() ? 0 : node.logicalUnits().lastKey() + 1;
        units = new Unit[size];
        numbers = new int[node.logicalUnits().size()];
        noUnit = new TargetCommands(this);
        int at = 0;
        try {
            for (Map.Entry<Integer, TargetNode.Disk> entry : node.logicalUnits().entrySet()) {
                int lun = entry.getKey();
                numbers[at++] = lun;
                units[lun] = open(node, lun, entry.getValue(), owners.get());
            }
        } catch (RuntimeException | Error e) {
            closeStores();
            throw e;
        }
    }

    private Unit open(TargetNode node, int lun, TargetNode.Disk disk, Executor owner) {
        BlockStore store = openStore(lun, disk, owner);
        try {
            return unit(node, lun, disk, store);
        } catch (RuntimeException | Error e) {
            closeStore(lun, store);
            throw e;
        }
    }

    private BlockStore openStore(int lun, TargetNode.Disk disk, Executor owner) {
        try {
            return disk.store().open(owner);
        } catch (Error e) {
            throw new StoreException(nodeName + " LUN " + lun + ": the store cannot be opened: " + e, e);
        }
    }

    private Unit unit(TargetNode node, int lun, TargetNode.Disk disk, BlockStore store) {
        DiskSettings settings = identify(store, disk.serial()).withMaxTransferBytes(node.maxTransferBytes());
        LOG.info("{} LUN {}: {}, {} bytes", node.name(), lun, store.description(), store.sizeBytes());
        return new Unit(new DiskLogicalUnit(store, settings, this), store);
    }

    /** A host joins the paths to disks of one identity: it is the content's, whatever node and number the disk has. */
    private static DiskSettings identify(BlockStore store, String serial) {
        if (!serial.isEmpty()) {
            return DiskSettings.of(serial).withSerial(serial);
        }
        String identity = store.identity();
        return DiskSettings.of(identity != null ? identity : UUID.randomUUID().toString());
    }

    private @Nullable Unit unit(long lun) {
        int number = LogicalUnitNumber.decode(lun);
        return number >= 0 && number < units.length ? units[number] : null;
    }

    // What the node has.

    @Override
    public boolean hasLogicalUnit(long lun) {
        return unit(lun) != null;
    }

    @Override
    public int count(Nexus nexus) {
        return numbers.length;
    }

    @Override
    public long lun(Nexus nexus, int index) {
        return LunInventory.encode(numbers[index]);
    }

    // Commands.

    @Override
    public void execute(TargetTask task) {
        SessionTransport transport = transport(task.session());
        Unit unit = unit(task.lun());
        CommandSlot.of(task)
                .execute(
                        unit == null ? noUnit : unit.commands(),
                        transport.nexus(LogicalUnitNumber.decode(task.lun())),
                        transport);
    }

    @Override
    public void dataInDelivered(TargetTask task) {
        CommandSlot slot = CommandSlot.of(task);
        slot.unit().dataInDelivered(slot.command);
    }

    @Override
    public void dataOutReceived(TargetTask task) {
        CommandSlot slot = CommandSlot.of(task);
        slot.unit().dataOutReceived(slot.command);
    }

    @Override
    public void abort(TargetTask task) {
        CommandSlot slot = CommandSlot.of(task);
        slot.unit().abort(slot.command, slot);
    }

    @Override
    public void reset(long lun) {
        Unit unit = unit(lun);
        if (unit != null) {
            peerLog.infos()
                    .write(
                            LOG.isInfoEnabled(),
                            () -> LOG.info("{}: reset of LUN {}", nodeName, LogicalUnitNumber.decode(lun)));
            unit.commands().reset();
        }
    }

    @Override
    public void resetAll() {
        peerLog.infos().write(LOG.isInfoEnabled(), () -> LOG.info("{}: reset", nodeName));
        for (int lun : numbers) {
            Unit unit = units[lun];
            if (unit != null) {
                unit.commands().reset();
            }
        }
    }

    // Nexuses.

    private static SessionTransport transport(TargetSession session) {
        if (session.context() instanceof SessionTransport transport) {
            return transport;
        }
        throw new IllegalStateException(session + " has no nexus");
    }

    @Override
    public boolean prepareNexus(TargetSession session, TargetConnection connection) {
        if (session.isDiscovery()) {
            return true;
        }
        if (session.context() != null) {
            nexusLost(session);
        }
        ServedConnection served = ServedConnection.of(connection);
        try {
            SessionTransport transport = new SessionTransport(
                    pool,
                    served.registrar(),
                    served.remoteAddress().getAddress(),
                    units,
                    session.identity().initiatorName() + ",i,0x"
                            + session.identity().isid().toHex(),
                    nodeName + ",t,0x" + String.format("%04x", portalGroupTag),
                    1);
            session.setContext(transport);
            served.transportOpened(transport);
            nexuses++;
            return true;
        } catch (RuntimeException | Error e) {
            // Of this login only, whoever has thrown: the device, or a store.
            peerLog.warnings()
                    .write(
                            LOG.isWarnEnabled(),
                            () -> LOG.warn("{}: no memory can be registered for a session", nodeName, e));
            return false;
        }
    }

    @Override
    public void nexusEstablished(TargetSession session) {
        if (session.isDiscovery()) {
            return;
        }
        SessionTransport transport = transport(session);
        for (int lun : numbers) {
            Unit unit = units[lun];
            if (unit != null) {
                unit.commands().nexusEstablished(transport.nexus(lun));
            }
        }
    }

    @Override
    public void commandsCleared(TargetSession session) {
        SessionTransport transport = transport(session);
        for (int lun : numbers) {
            transport.nexus(lun).addUnitAttention(UnitAttention.SOME_COMMANDS_CLEARED_BY_ISCSI_PROTOCOL_EVENT);
        }
    }

    @Override
    public void nexusLost(TargetSession session) {
        if (session.context() instanceof SessionTransport transport) {
            session.setContext(null);
            for (int lun : numbers) {
                Unit unit = units[lun];
                if (unit != null) {
                    unit.commands().nexusLost(transport.nexus(lun));
                }
            }
            ServedConnection served = transport.connection();
            if (served != null) {
                served.transportClosed();
            }
            nexuses--;
        }
    }

    // The end.

    /** Flushes and closes the stores; no session is left. */
    @Nullable
    StoreException closeStores() {
        StoreException first = null;
        for (int lun = 0; lun < units.length; lun++) {
            Unit unit = units[lun];
            units[lun] = null;
            if (unit != null) {
                StoreException failure = closeStore(lun, unit.store());
                first = first == null ? failure : first;
            }
        }
        return first;
    }

    private @Nullable StoreException closeStore(int lun, BlockStore store) {
        try {
            if (nexuses > 0 && store.memory() != null) {
                // What a device may still reach is not freed.
                throw new IllegalStateException("its memory is registered for " + nexuses + " sessions");
            }
            store.close();
            return null;
        } catch (StoreException e) {
            LOG.error("{} LUN {}: not flushed", nodeName, lun, e);
            return e;
        } catch (RuntimeException | Error e) {
            // The others are closed all the same, and whoever waits for the end is told.
            LOG.warn("{} LUN {}: its store is not closed", nodeName, lun, e);
            return new StoreException(nodeName + " LUN " + lun + ": the store cannot be closed: " + e, e);
        }
    }
}
