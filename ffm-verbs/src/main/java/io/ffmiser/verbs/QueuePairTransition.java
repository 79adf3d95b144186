package io.ffmiser.verbs;

import static io.ffmiser.verbs.QueuePairAttribute.ACCESS_FLAGS;
import static io.ffmiser.verbs.QueuePairAttribute.ALT_PATH;
import static io.ffmiser.verbs.QueuePairAttribute.AV;
import static io.ffmiser.verbs.QueuePairAttribute.CUR_STATE;
import static io.ffmiser.verbs.QueuePairAttribute.DEST_QPN;
import static io.ffmiser.verbs.QueuePairAttribute.EN_SQD_ASYNC_NOTIFY;
import static io.ffmiser.verbs.QueuePairAttribute.MAX_DEST_RD_ATOMIC;
import static io.ffmiser.verbs.QueuePairAttribute.MAX_QP_RD_ATOMIC;
import static io.ffmiser.verbs.QueuePairAttribute.MIN_RNR_TIMER;
import static io.ffmiser.verbs.QueuePairAttribute.PATH_MIG_STATE;
import static io.ffmiser.verbs.QueuePairAttribute.PATH_MTU;
import static io.ffmiser.verbs.QueuePairAttribute.PKEY_INDEX;
import static io.ffmiser.verbs.QueuePairAttribute.PORT;
import static io.ffmiser.verbs.QueuePairAttribute.QKEY;
import static io.ffmiser.verbs.QueuePairAttribute.RATE_LIMIT;
import static io.ffmiser.verbs.QueuePairAttribute.RETRY_CNT;
import static io.ffmiser.verbs.QueuePairAttribute.RNR_RETRY;
import static io.ffmiser.verbs.QueuePairAttribute.RQ_PSN;
import static io.ffmiser.verbs.QueuePairAttribute.SQ_PSN;
import static io.ffmiser.verbs.QueuePairAttribute.STATE;
import static io.ffmiser.verbs.QueuePairAttribute.TIMEOUT;
import static io.ffmiser.verbs.QueuePairState.ERR;
import static io.ffmiser.verbs.QueuePairState.INIT;
import static io.ffmiser.verbs.QueuePairState.RESET;
import static io.ffmiser.verbs.QueuePairState.RTR;
import static io.ffmiser.verbs.QueuePairState.RTS;
import static io.ffmiser.verbs.QueuePairState.SQD;
import static io.ffmiser.verbs.QueuePairState.SQE;
import static io.ffmiser.verbs.QueuePairType.RAW_PACKET;
import static io.ffmiser.verbs.QueuePairType.RC;
import static io.ffmiser.verbs.QueuePairType.UC;
import static io.ffmiser.verbs.QueuePairType.UD;
import static io.ffmiser.verbs.QueuePairType.XRC_RECV;
import static io.ffmiser.verbs.QueuePairType.XRC_SEND;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A step in the life of a queue pair: what the change must carry, and what it may (InfiniBand Architecture 11.2.5.2, table 96;
 * ibv_modify_qp(3)). {@link QueuePairAttribute#STATE} is part of every change to another state and is not listed. iWARP devices have
 * rules of their own, and the connection manager follows them.
 *
 * @param from the state before
 * @param to the state after, perhaps the same
 */
public record QueuePairTransition(
        QueuePairType type,
        QueuePairState from,
        QueuePairState to,
        Set<QueuePairAttribute> required,
        Set<QueuePairAttribute> optional) {

    private static final List<QueuePairTransition> TABLE = table();

    /** Copies the sets. */
    public QueuePairTransition {
        required = Set.copyOf(required);
        optional = Set.copyOf(optional);
    }

    /** Every step that there is, of every type but {@link QueuePairType#DRIVER}, whose rules are the driver's. */
    public static List<QueuePairTransition> all() {
        return TABLE;
    }

    /** The step from one state to another, or null when there is none. */
    public static @Nullable QueuePairTransition find(QueuePairType type, QueuePairState from, QueuePairState to) {
        for (QueuePairTransition transition : TABLE) {
            if (transition.type == type && transition.from == from && transition.to == to) {
                return transition;
            }
        }
        return null;
    }

    /**
     * Checks a change before it is made.
     *
     * @param from the state before, as far as it is known
     * @param to the state after
     * @throws IllegalArgumentException that names what is missing and what does not belong, or the states that can be reached
     */
    public static void check(
            QueuePairType type, QueuePairState from, QueuePairState to, Set<QueuePairAttribute> given) {
        if (type == QueuePairType.DRIVER) {
            return;
        }
        QueuePairTransition transition = find(type, from, to);
        if (transition == null) {
            throw new IllegalArgumentException("a QP of type " + type + " cannot go from " + from + " to " + to
                    + ": from there it can go to "
                    + TABLE.stream()
                            .filter(step -> step.type == type && step.from == from)
                            .map(step -> step.to.name())
                            .collect(Collectors.joining(", ")));
        }
        transition.check(given);
    }

    private void check(Set<QueuePairAttribute> given) {
        Set<QueuePairAttribute> missing = EnumSet.noneOf(QueuePairAttribute.class);
        missing.addAll(required);
        missing.removeAll(given);
        Set<QueuePairAttribute> invalid = EnumSet.noneOf(QueuePairAttribute.class);
        invalid.addAll(given);
        invalid.removeAll(required);
        invalid.removeAll(optional);
        invalid.remove(STATE);
        if (!missing.isEmpty() || !invalid.isEmpty()) {
            StringBuilder message = new StringBuilder("a QP of type " + type + " goes from " + from + " to " + to);
            message.append(missing.isEmpty() ? "" : " only with " + names(missing));
            message.append(
                    invalid.isEmpty() ? "" : (missing.isEmpty() ? "" : ", and") + " never with " + names(invalid));
            throw new IllegalArgumentException(message.toString());
        }
    }

    private static String names(Set<QueuePairAttribute> attributes) {
        return attributes.stream().map(Enum::name).collect(Collectors.joining(", "));
    }

    private static List<QueuePairTransition> table() {
        List<QueuePairTransition> table = new ArrayList<>();
        for (QueuePairType type : List.of(RC, UC, UD, RAW_PACKET, XRC_SEND, XRC_RECV)) {
            for (QueuePairState from : List.of(RESET, INIT, RTR, RTS, SQD, SQE, ERR)) {
                add(table, from, RESET, type, Set.of(), Set.of());
                if (from != RESET) {
                    add(table, from, ERR, type, Set.of(), Set.of());
                }
            }
        }
        addInitialisation(table);
        addReadyToReceive(table);
        addReadyToSend(table);
        addDraining(table);
        return List.copyOf(table);
    }

    private static void addInitialisation(List<QueuePairTransition> table) {
        Set<QueuePairAttribute> connected = Set.of(PKEY_INDEX, PORT, ACCESS_FLAGS);
        Set<QueuePairAttribute> datagram = Set.of(PKEY_INDEX, PORT, QKEY);
        for (QueuePairType type : List.of(RC, UC, XRC_SEND, XRC_RECV)) {
            add(table, RESET, INIT, type, connected, Set.of());
            add(table, INIT, INIT, type, Set.of(), connected);
        }
        add(table, RESET, INIT, UD, datagram, Set.of());
        add(table, INIT, INIT, UD, Set.of(), datagram);
        add(table, RESET, INIT, RAW_PACKET, Set.of(PORT), Set.of());
        add(table, INIT, INIT, RAW_PACKET, Set.of(), Set.of());
    }

    private static void addReadyToReceive(List<QueuePairTransition> table) {
        Set<QueuePairAttribute> path = Set.of(AV, PATH_MTU, DEST_QPN, RQ_PSN);
        Set<QueuePairAttribute> responder = Set.of(AV, PATH_MTU, DEST_QPN, RQ_PSN, MAX_DEST_RD_ATOMIC, MIN_RNR_TIMER);
        Set<QueuePairAttribute> optional = Set.of(ALT_PATH, ACCESS_FLAGS, PKEY_INDEX);
        add(table, INIT, RTR, RC, responder, optional);
        add(table, INIT, RTR, XRC_RECV, responder, optional);
        add(table, INIT, RTR, UC, path, optional);
        add(table, INIT, RTR, XRC_SEND, path, optional);
        add(table, INIT, RTR, UD, Set.of(), Set.of(PKEY_INDEX, QKEY));
        add(table, INIT, RTR, RAW_PACKET, Set.of(), Set.of());
    }

    private static void addReadyToSend(List<QueuePairTransition> table) {
        Set<QueuePairAttribute> requester = Set.of(TIMEOUT, RETRY_CNT, RNR_RETRY, SQ_PSN, MAX_QP_RD_ATOMIC);
        Set<QueuePairAttribute> path = Set.of(CUR_STATE, ALT_PATH, ACCESS_FLAGS, PATH_MIG_STATE);
        Set<QueuePairAttribute> responding = Set.of(CUR_STATE, ALT_PATH, ACCESS_FLAGS, PATH_MIG_STATE, MIN_RNR_TIMER);
        Set<QueuePairAttribute> datagram = Set.of(CUR_STATE, QKEY);
        add(table, RTR, RTS, RC, requester, responding);
        add(table, RTR, RTS, XRC_SEND, requester, path);
        add(table, RTR, RTS, XRC_RECV, Set.of(TIMEOUT, SQ_PSN), responding);
        add(table, RTR, RTS, UC, Set.of(SQ_PSN), path);
        add(table, RTR, RTS, UD, Set.of(SQ_PSN), datagram);
        add(table, RTR, RTS, RAW_PACKET, Set.of(), Set.of(RATE_LIMIT));
        for (QueuePairState from : List.of(RTS, SQD)) {
            add(table, from, RTS, RC, Set.of(), responding);
            add(table, from, RTS, XRC_RECV, Set.of(), responding);
            add(table, from, RTS, XRC_SEND, Set.of(), path);
            add(table, from, RTS, UC, Set.of(), path);
            add(table, from, RTS, UD, Set.of(), datagram);
        }
        add(table, RTS, RTS, RAW_PACKET, Set.of(), Set.of(RATE_LIMIT));
        add(table, SQD, RTS, RAW_PACKET, Set.of(), Set.of());
        add(table, SQE, RTS, UC, Set.of(), Set.of(CUR_STATE, ACCESS_FLAGS));
        add(table, SQE, RTS, UD, Set.of(), datagram);
        add(table, SQE, RTS, RAW_PACKET, Set.of(), Set.of());
    }

    private static void addDraining(List<QueuePairTransition> table) {
        for (QueuePairType type : List.of(RC, UC, UD, XRC_SEND, XRC_RECV)) {
            add(table, RTS, SQD, type, Set.of(), Set.of(EN_SQD_ASYNC_NOTIFY));
        }
        add(table, RTS, SQD, RAW_PACKET, Set.of(), Set.of());
        Set<QueuePairAttribute> path = Set.of(AV, ALT_PATH, ACCESS_FLAGS, PKEY_INDEX, PATH_MIG_STATE);
        add(table, SQD, SQD, UC, Set.of(), path);
        add(table, SQD, SQD, UD, Set.of(), Set.of(PKEY_INDEX, QKEY));
        add(table, SQD, SQD, RAW_PACKET, Set.of(), Set.of());
        Set<QueuePairAttribute> receiver = and(path, PORT, TIMEOUT, MAX_DEST_RD_ATOMIC, MIN_RNR_TIMER);
        Set<QueuePairAttribute> sender = and(path, PORT, TIMEOUT, RETRY_CNT, RNR_RETRY, MAX_QP_RD_ATOMIC);
        add(table, SQD, SQD, XRC_RECV, Set.of(), receiver);
        add(table, SQD, SQD, XRC_SEND, Set.of(), sender);
        add(table, SQD, SQD, RC, Set.of(), and(sender, MAX_DEST_RD_ATOMIC, MIN_RNR_TIMER));
    }

    private static Set<QueuePairAttribute> and(Set<QueuePairAttribute> some, QueuePairAttribute... more) {
        EnumSet<QueuePairAttribute> all = EnumSet.copyOf(some);
        all.addAll(List.of(more));
        return all;
    }

    private static void add(
            List<QueuePairTransition> table,
            QueuePairState from,
            QueuePairState to,
            QueuePairType type,
            Set<QueuePairAttribute> required,
            Set<QueuePairAttribute> optional) {
        table.add(new QueuePairTransition(type, from, to, required, optional));
    }
}
