package io.ffmiser.verbs;

import static io.ffmiser.verbs.WorkRequestOpcode.ATOMIC_CMP_AND_SWP;
import static io.ffmiser.verbs.WorkRequestOpcode.ATOMIC_FETCH_AND_ADD;
import static io.ffmiser.verbs.WorkRequestOpcode.ATOMIC_WRITE;
import static io.ffmiser.verbs.WorkRequestOpcode.BIND_MW;
import static io.ffmiser.verbs.WorkRequestOpcode.FLUSH;
import static io.ffmiser.verbs.WorkRequestOpcode.LOCAL_INV;
import static io.ffmiser.verbs.WorkRequestOpcode.RDMA_READ;
import static io.ffmiser.verbs.WorkRequestOpcode.RDMA_WRITE;
import static io.ffmiser.verbs.WorkRequestOpcode.RDMA_WRITE_WITH_IMM;
import static io.ffmiser.verbs.WorkRequestOpcode.SEND;
import static io.ffmiser.verbs.WorkRequestOpcode.SEND_WITH_IMM;
import static io.ffmiser.verbs.WorkRequestOpcode.SEND_WITH_INV;
import static io.ffmiser.verbs.WorkRequestOpcode.TSO;

import java.util.ArrayList;
import java.util.List;

/**
 * Which requests a queue pair of a type can send (the table of ibv_post_send(3)), and what a request of it must say. A provider does not look: it
 * takes what is in the place of a datagram's address handle for one.
 *
 * <p>What is in a batch is known by bits: of each opcode that it has been given, and some more. Only a batch with bits that the type asks
 * about is looked through before it is posted.
 */
final class SendRules {
    /** The batch has a request; only types that ask something of every request look. */
    static final int ADDED = 1 << 28;

    /** Some data goes inline: the processor reads it during the post. */
    static final int INLINE = 1 << 29;

    /** Some data is a read-only segment. */
    static final int READ_ONLY = 1 << 30;

    /** The opcodes whose elements are written to. */
    static final int SCATTERING = bits(RDMA_READ, ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD);

    private static final int UNRELIABLE =
            bits(SEND, SEND_WITH_IMM, SEND_WITH_INV, RDMA_WRITE, RDMA_WRITE_WITH_IMM, LOCAL_INV, BIND_MW);
    private static final int RELIABLE =
            UNRELIABLE | bits(RDMA_READ, ATOMIC_CMP_AND_SWP, ATOMIC_FETCH_AND_ADD, ATOMIC_WRITE, FLUSH);
    private static final int POINTERS = bits(BIND_MW, TSO);

    private SendRules() {}

    static int bit(WorkRequestOpcode opcode) {
        return 1 << opcode.value();
    }

    private static int bits(WorkRequestOpcode... opcodes) {
        int bits = 0;
        for (WorkRequestOpcode opcode : opcodes) {
            bits |= bit(opcode);
        }
        return bits;
    }

    /** The opcodes that a type sends. */
    static int allowed(QueuePairType type) {
        return switch (type) {
            case RC, XRC_SEND -> RELIABLE;
            case UC -> UNRELIABLE;
            case UD -> bits(SEND, SEND_WITH_IMM, TSO);
            case RAW_PACKET -> bits(SEND, TSO);
            case XRC_RECV -> 0;
            case DRIVER -> 0xFFFF;
        };
    }

    /** What of a batch makes that a queue pair of the type looks through it. */
    static int suspicious(QueuePairType type) {
        boolean every = needsPeer(type) || needsSharedReceiveQueue(type) || type == QueuePairType.XRC_RECV;
        return (0xFFFF & ~allowed(type)) | POINTERS | INLINE | READ_ONLY | (every ? ADDED : 0);
    }

    static boolean needsPeer(QueuePairType type) {
        return type == QueuePairType.UD;
    }

    static boolean needsSharedReceiveQueue(QueuePairType type) {
        return type == QueuePairType.XRC_SEND;
    }

    /** Throws when the type does not send that. */
    static void requireAllowed(QueuePair pair, int opcode) {
        if ((allowed(pair.type()) & 1 << opcode) == 0) {
            List<String> possible = new ArrayList<>();
            String wanted = "opcode " + opcode;
            for (WorkRequestOpcode known : WorkRequestOpcode.values()) {
                if (known.value() == opcode) {
                    wanted = known.name();
                }
                if (known.value() >= 0 && known.value() < 16 && (allowed(pair.type()) & bit(known)) != 0) {
                    possible.add(known.name());
                }
            }
            throw new IllegalStateException(pair + " does not send " + wanted + ": it sends " + possible);
        }
    }

    /** Throws when the peer's handle is closed, or of another device than the queue pair. */
    static void requirePeer(QueuePair pair, AddressHandle peer) {
        peer.requireOpen();
        if (peer.protectionDomain().context().pointer().address()
                != pair.context().address()) {
            SameDevice.require(pair, peer);
        }
    }

    static IllegalStateException noPeer(QueuePair pair) {
        return new IllegalStateException(
                "a request to " + pair + " says not where it goes: call toDatagramPeer(...) after what it does");
    }

    static IllegalStateException noSharedReceiveQueue(QueuePair pair) {
        return new IllegalStateException("a request to " + pair
                + " says not which queue of the peer takes it: call toSharedReceiveQueue(...) after what it does");
    }

    /** Whether both are of one C object, which may have been borrowed more than once. */
    static boolean isSame(ProtectionDomain one, ProtectionDomain other) {
        return one == other || one.pointer().address() == other.pointer().address();
    }

    /** Throws when window and region do not belong together or are closed. */
    static void requireBindable(MemoryWindow window, MemoryRegion region) {
        window.requireOpen();
        region.requireOpen();
        if (window.type() != MemoryWindowType.TYPE_2) {
            throw new IllegalArgumentException(
                    window + " is of type 1: QueuePair.bind(...) binds it, and a send request one of type 2");
        }
        if (!isSame(window.protectionDomain(), region.protectionDomain())) {
            throw new IllegalArgumentException(window + " and " + region + " are of different protection domains");
        }
    }
}
