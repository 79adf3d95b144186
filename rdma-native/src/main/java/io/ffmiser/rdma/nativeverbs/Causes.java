package io.ffmiser.rdma.nativeverbs;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.rdmacm.CmEvent;
import io.ffmiser.rdmacm.RejectReason;
import io.ffmiser.verbs.Errno;
import io.ffmiser.verbs.WorkCompletionStatus;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;

/** From what verbs and the connection manager say to what the SPI says. */
final class Causes {
    private static final int ECONNREFUSED = 111;
    private static final Map<WorkCompletionStatus, WorkStatus> STATUSES = new EnumMap<>(WorkCompletionStatus.class);

    static {
        for (WorkCompletionStatus status : WorkCompletionStatus.values()) {
            STATUSES.put(
                    status,
                    switch (status) {
                        case SUCCESS -> WorkStatus.SUCCESS;
                        case LOC_LEN_ERR -> WorkStatus.LOCAL_LENGTH_ERROR;
                        case LOC_QP_OP_ERR, MW_BIND_ERR -> WorkStatus.LOCAL_OPERATION_ERROR;
                        case LOC_PROT_ERR, LOC_ACCESS_ERR -> WorkStatus.LOCAL_PROTECTION_ERROR;
                        case WR_FLUSH_ERR -> WorkStatus.FLUSHED;
                        case REM_INV_REQ_ERR -> WorkStatus.REMOTE_INVALID_REQUEST;
                        case REM_ACCESS_ERR -> WorkStatus.REMOTE_ACCESS_ERROR;
                        case REM_OP_ERR, REM_ABORT_ERR -> WorkStatus.REMOTE_OPERATION_ERROR;
                        case RETRY_EXC_ERR, RESP_TIMEOUT_ERR -> WorkStatus.RETRY_EXCEEDED;
                        case RNR_RETRY_EXC_ERR -> WorkStatus.RNR_RETRY_EXCEEDED;
                        default -> WorkStatus.GENERAL_ERROR;
                    });
        }
    }

    private Causes() {}

    static WorkStatus status(WorkCompletionStatus status) {
        return STATUSES.getOrDefault(status, WorkStatus.GENERAL_ERROR);
    }

    /** Why a connection ends one of whose requests failed; receives fail by what the peer did, and other requests also for want of a port. */
    static DisconnectCause of(WorkStatus status, boolean receive, boolean portDown, String detail) {
        if (receive) {
            return new DisconnectCause.LocalError("the peer sent what this side cannot take: " + detail);
        }
        return switch (status) {
            case REMOTE_ACCESS_ERROR, REMOTE_INVALID_REQUEST, REMOTE_OPERATION_ERROR ->
                new DisconnectCause.RemoteError("the peer reports an error: " + detail);
            case RNR_RETRY_EXCEEDED ->
                new DisconnectCause.RemoteError(
                        "the peer had no receive posted for a Send, often enough (verbs.rnrRetryCount): " + detail);
            case RETRY_EXCEEDED ->
                new DisconnectCause.TransportLost("the peer did not answer, often enough: " + detail);
            default ->
                portDown // soft-RoCE: WC_LOC_QP_OP_ERR
                        ? new DisconnectCause.TransportLost("a request could not be sent: " + detail)
                        : new DisconnectCause.LocalError("a request failed: " + detail);
        };
    }

    /** Why no connection was made. */
    static DisconnectCause of(CmEvent event, InetSocketAddress remote) {
        return switch (event) {
            case CmEvent.Rejected rejected -> rejected(rejected, remote);
            case CmEvent.DeviceRemoval removal -> new DisconnectCause.TransportLost("the device was removed");
            case CmEvent.AddressError error ->
                new DisconnectCause.Unreachable(
                        "no RDMA device reaches " + remote + ", or nobody has the address" + why(error.status()));
            case CmEvent.RouteError error ->
                new DisconnectCause.Unreachable("no route to " + remote + why(error.status()));
            default -> new DisconnectCause.Unreachable("no answer from " + remote + why(event.status()));
        };
    }

    private static DisconnectCause rejected(CmEvent.Rejected rejected, InetSocketAddress remote) {
        RejectReason reason = rejected.reason();
        if (reason == RejectReason.INVALID_SERVICE_ID
                || (reason == null && rejected.status() == -ECONNREFUSED && rejected.privateData().length == 0)) {
            return new DisconnectCause.Unreachable("nobody listens at " + remote);
        }
        return new DisconnectCause.Rejected(
                "rejected by " + remote + (reason == null ? why(rejected.status()) : " (" + reason + ")"),
                rejected.privateData());
    }

    private static String why(int status) {
        return status == 0 ? "" : status < 0 ? " (" + new Errno(-status) + ")" : " (status " + status + ")";
    }
}
