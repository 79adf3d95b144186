package io.ffmiser.datamover.iser;

import io.ffmiser.memory.MemoryRegistrar;
import io.ffmiser.memory.MemoryRole;
import io.ffmiser.memory.RegisteredMemory;
import io.ffmiser.rdma.Access;
import io.ffmiser.rdma.ProtectionDomain;
import java.lang.foreign.MemorySegment;

/**
 * Registers memory in a session's protection domain, which it owns, with the least rights that its role needs. Where the sink of an RDMA Read needs the
 * remote-write right (iWARP, RFC 5040 section 5.2.1) a store's memory is only sent from: a peer could write to it as long as it is a sink.
 */
public record IserRegistrar(ProtectionDomain domain) implements MemoryRegistrar {
    @Override
    public RegisteredMemory register(MemorySegment memory, MemoryRole role) {
        boolean writable = !memory.isReadOnly();
        boolean exposedSink = domain.device().capabilities().readSinkNeedsRemoteWrite();
        int whenReceived = switch (role) {
            case STORE -> exposedSink ? 0 : Access.LOCAL_WRITE;
            case BUFFER_POOL -> exposedSink ? Access.LOCAL_WRITE | Access.REMOTE_WRITE : Access.LOCAL_WRITE;
            case APPLICATION_CLIENT -> Access.LOCAL_WRITE | Access.REMOTE_WRITE;
        };
        int whenSent = role == MemoryRole.APPLICATION_CLIENT ? Access.REMOTE_READ : 0;
        int rights = writable ? whenSent | whenReceived : whenSent;
        return new IserMemory(domain.register(memory, rights), writable && whenReceived != 0);
    }

    @Override
    public void close() {
        domain.close();
    }
}
