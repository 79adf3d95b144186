package io.ffmiser.datamover;

import io.ffmiser.memory.RegisteredMemory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The target's side: transfers that complete when the test says so. */
public final class ScriptedTargetDatamover extends ScriptedDatamover implements TargetTransport {
    /** A Put_Data or Get_Data. */
    public record Transfer(
            boolean put, int tag, int sn, long bufferOffset, RegisteredMemory memory, long offset, int length) {}

    public final ArrayDeque<Transfer> transfers = new ArrayDeque<>();
    /** Tags of tasks that ended without a SCSI Response. */
    public final List<Integer> deallocated = new ArrayList<>();
    /** Tags of tasks whose data is not awaited any more. */
    public final List<Integer> cancelled = new ArrayList<>();
    /** Receives that were added. */
    public int extended;

    public byte @Nullable [] finalLoginResponse;
    private @Nullable TargetDatamoverListener listener;

    @Override
    TargetDatamoverListener listener() {
        return Objects.requireNonNull(listener);
    }

    /** The oldest transfer completes; what is fetched is made of that octet. */
    public Transfer complete(byte fetched) {
        Transfer transfer = transfers.remove();
        if (!transfer.put()) {
            transfer.memory()
                    .segment()
                    .asSlice(transfer.offset(), transfer.length())
                    .fill(fetched);
        }
        listener().dataCompletionNotify(transfer.tag(), transfer.sn());
        return transfer;
    }

    @Override
    public InetSocketAddress localAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 3260);
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 40000);
    }

    @Override
    public TransportCapabilities capabilities() {
        return new TransportCapabilities(true);
    }

    @Override
    public void start(LoginChannel.Listener login, TargetDatamoverListener newListener) {
        calls.add("start");
        listener = newListener;
    }

    @Override
    public void enableDatamover(byte[] response) {
        enabled();
        finalLoginResponse = response;
    }

    @Override
    public boolean extendReceives(int more) {
        extended += more;
        return true;
    }

    @Override
    public void putData(int initiatorTaskTag, int dataSn, long bufferOffset, DataDescriptor data, boolean notify) {
        add(true, initiatorTaskTag, dataSn, bufferOffset, data, notify);
    }

    @Override
    public void getData(int initiatorTaskTag, int r2tSn, long bufferOffset, DataDescriptor data, boolean notify) {
        add(false, initiatorTaskTag, r2tSn, bufferOffset, data, notify);
    }

    @Override
    public void cancelGetData(int initiatorTaskTag) {
        cancelled.add(initiatorTaskTag);
    }

    private void add(boolean put, int tag, int sn, long bufferOffset, DataDescriptor data, boolean notify) {
        if (!notify) {
            throw new IllegalStateException("nobody would learn of its end");
        }
        calls.add(put ? "put" : "get");
        transfers.add(new Transfer(put, tag, sn, bufferOffset, data.memory(), data.offset(), data.length()));
    }

    @Override
    public void deallocateTaskResources(int initiatorTaskTag) {
        calls.add("deallocate task");
        deallocated.add(initiatorTaskTag);
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
