package io.ffmiser.initiator;

import io.ffmiser.datamover.iser.IserRegistrar;
import io.ffmiser.rdma.Device;
import io.ffmiser.rdma.ProtectionDomain;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protection domain of a session and the memory registered in it, which move together when a reconnect leads over another device.
 * On the poller's thread.
 */
final class SessionMemory {
    private static final Logger LOG = LoggerFactory.getLogger(SessionMemory.class);

    /** The size of the buffers that commands of control use, which are kept; few need more. */
    static final int SCRATCH_BYTES = 64 << 10;

    private static final int MAX_IDLE_SCRATCH = 4;
    private static final long PAGE = 4096;

    private final SessionEngine engine;
    private final Set<RegisteredBuffer> buffers = new LinkedHashSet<>();
    private final ArrayDeque<RegisteredBuffer> scratch = new ArrayDeque<>();
    private @Nullable IserRegistrar registrar;
    private boolean ended;

    SessionMemory(SessionEngine engine) {
        this.engine = engine;
    }

    /**
     * The domain on that device; an old one on another is given up, whose connection has ended.
     *
     * @throws io.ffmiser.rdma.RdmaException if the device does not take the buffers: then there is no domain
     */
    ProtectionDomain domain(Device device) {
        IserRegistrar current = registrar;
        if (current != null) {
            if (current.domain().device().equals(device)) {
                return current.domain();
            }
            registrar = null;
            buffers.forEach(RegisteredBuffer::deregister);
            current.close();
        }
        IserRegistrar made = new IserRegistrar(device.allocateProtectionDomain());
        try {
            buffers.forEach(buffer -> registerAgain(buffer, made));
        } catch (RuntimeException | Error e) {
            buffers.forEach(RegisteredBuffer::deregister);
            made.close();
            throw e;
        }
        registrar = made;
        return made.domain();
    }

    private static void registerAgain(RegisteredBuffer buffer, IserRegistrar made) {
        if (buffer.segment().scope().isAlive()) {
            buffer.register(made);
        } else {
            // Its owner closed the arena early: requests that name it fail, the session goes on.
            LOG.warn("a registered buffer of {} bytes is gone, its arena is closed", buffer.byteSize());
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the buffer owns the arena
    RegisteredBuffer allocate(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a buffer has 1 byte or more: " + bytes);
        }
        Arena arena = Arena.ofShared();
        try {
            return add(new RegisteredBuffer(engine, arena.allocate(bytes, PAGE), arena));
        } catch (OutOfMemoryError e) {
            arena.close();
            throw new InitiatorException(
                    "no memory for a buffer of " + bytes + " bytes; raise -XX:MaxDirectMemorySize or -Xmx", e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    RegisteredBuffer register(MemorySegment memory) {
        return add(new RegisteredBuffer(engine, memory, null));
    }

    private RegisteredBuffer add(RegisteredBuffer buffer) {
        IserRegistrar current = registrar;
        if (ended) {
            throw new SessionEndedException("the session has ended", engine.failure());
        }
        if (current == null) {
            throw new InitiatorException(
                    "the session has no device to register memory with until it is logged in again");
        }
        buffer.register(current);
        buffers.add(buffer);
        return buffer;
    }

    /** A buffer is closed. */
    void remove(RegisteredBuffer buffer) {
        if (buffers.remove(buffer)) {
            buffer.deregister();
            buffer.free();
            releaseIfDone();
        }
    }

    /** A buffer of {@link #SCRATCH_BYTES}, or of as much as is needed, to be given back. */
    RegisteredBuffer takeScratch(int bytes) {
        RegisteredBuffer idle = bytes > SCRATCH_BYTES ? null : scratch.poll();
        return idle == null ? allocate(Math.max(bytes, SCRATCH_BYTES)) : idle;
    }

    void giveScratch(RegisteredBuffer buffer) {
        if (ended || scratch.size() == MAX_IDLE_SCRATCH || buffer.byteSize() > SCRATCH_BYTES) {
            buffer.close();
        } else {
            scratch.push(buffer);
        }
    }

    /** How many buffers the caller has not closed. */
    int openBuffers() {
        return buffers.size() - scratch.size();
    }

    /** The domain goes when the caller's last buffer has gone. */
    void sessionEnded() {
        if (ended) {
            return;
        }
        ended = true;
        while (!scratch.isEmpty()) {
            scratch.remove().close();
        }
        releaseIfDone();
    }

    private void releaseIfDone() {
        if (ended && buffers.isEmpty()) {
            IserRegistrar current = registrar;
            registrar = null;
            if (current != null) {
                current.close();
            }
            engine.memoryReleased();
        }
    }
}
