package io.ffmiser.rdmacm;

import io.ffmiser.rdmacm.gen.LibRdmacm;
import io.ffmiser.verbs.internal.NativeCall.ToMinusOne;
import io.ffmiser.verbs.internal.NativeCall.ToPointer;

/** The functions of librdmacm that can fail, each with its own way to say so. */
final class CmCalls {
    static final ToPointer CREATE_EVENT_CHANNEL = new ToPointer(
            "rdma_create_event_channel",
            LibRdmacm::rdma_create_event_channel$address,
            LibRdmacm::rdma_create_event_channel$descriptor);
    static final ToMinusOne CREATE_ID =
            new ToMinusOne("rdma_create_id", LibRdmacm::rdma_create_id$address, LibRdmacm::rdma_create_id$descriptor);
    static final ToMinusOne DESTROY_ID = new ToMinusOne(
            "rdma_destroy_id", LibRdmacm::rdma_destroy_id$address, LibRdmacm::rdma_destroy_id$descriptor);
    static final ToMinusOne MIGRATE_ID = new ToMinusOne(
            "rdma_migrate_id", LibRdmacm::rdma_migrate_id$address, LibRdmacm::rdma_migrate_id$descriptor);
    static final ToMinusOne BIND_ADDR =
            new ToMinusOne("rdma_bind_addr", LibRdmacm::rdma_bind_addr$address, LibRdmacm::rdma_bind_addr$descriptor);
    static final ToMinusOne RESOLVE_ADDR = new ToMinusOne(
            "rdma_resolve_addr", LibRdmacm::rdma_resolve_addr$address, LibRdmacm::rdma_resolve_addr$descriptor);
    static final ToMinusOne RESOLVE_ROUTE = new ToMinusOne(
            "rdma_resolve_route", LibRdmacm::rdma_resolve_route$address, LibRdmacm::rdma_resolve_route$descriptor);
    static final ToMinusOne LISTEN =
            new ToMinusOne("rdma_listen", LibRdmacm::rdma_listen$address, LibRdmacm::rdma_listen$descriptor);
    static final ToMinusOne GET_REQUEST = new ToMinusOne(
            "rdma_get_request", LibRdmacm::rdma_get_request$address, LibRdmacm::rdma_get_request$descriptor);
    static final ToMinusOne CONNECT =
            new ToMinusOne("rdma_connect", LibRdmacm::rdma_connect$address, LibRdmacm::rdma_connect$descriptor);
    static final ToMinusOne ESTABLISH =
            new ToMinusOne("rdma_establish", LibRdmacm::rdma_establish$address, LibRdmacm::rdma_establish$descriptor);
    static final ToMinusOne ACCEPT =
            new ToMinusOne("rdma_accept", LibRdmacm::rdma_accept$address, LibRdmacm::rdma_accept$descriptor);
    static final ToMinusOne REJECT =
            new ToMinusOne("rdma_reject", LibRdmacm::rdma_reject$address, LibRdmacm::rdma_reject$descriptor);
    static final ToMinusOne REJECT_ECE = new ToMinusOne(
            "rdma_reject_ece", LibRdmacm::rdma_reject_ece$address, LibRdmacm::rdma_reject_ece$descriptor);
    static final ToMinusOne DISCONNECT = new ToMinusOne(
            "rdma_disconnect", LibRdmacm::rdma_disconnect$address, LibRdmacm::rdma_disconnect$descriptor);
    static final ToMinusOne NOTIFY =
            new ToMinusOne("rdma_notify", LibRdmacm::rdma_notify$address, LibRdmacm::rdma_notify$descriptor);
    static final ToMinusOne CREATE_QP =
            new ToMinusOne("rdma_create_qp", LibRdmacm::rdma_create_qp$address, LibRdmacm::rdma_create_qp$descriptor);
    static final ToMinusOne CREATE_QP_EX = new ToMinusOne(
            "rdma_create_qp_ex", LibRdmacm::rdma_create_qp_ex$address, LibRdmacm::rdma_create_qp_ex$descriptor);
    static final ToMinusOne INIT_QP_ATTR = new ToMinusOne(
            "rdma_init_qp_attr", LibRdmacm::rdma_init_qp_attr$address, LibRdmacm::rdma_init_qp_attr$descriptor);
    static final ToMinusOne CREATE_SRQ = new ToMinusOne(
            "rdma_create_srq", LibRdmacm::rdma_create_srq$address, LibRdmacm::rdma_create_srq$descriptor);
    static final ToMinusOne CREATE_SRQ_EX = new ToMinusOne(
            "rdma_create_srq_ex", LibRdmacm::rdma_create_srq_ex$address, LibRdmacm::rdma_create_srq_ex$descriptor);
    static final ToMinusOne SET_OPTION = new ToMinusOne(
            "rdma_set_option", LibRdmacm::rdma_set_option$address, LibRdmacm::rdma_set_option$descriptor);
    static final ToMinusOne SET_LOCAL_ECE = new ToMinusOne(
            "rdma_set_local_ece", LibRdmacm::rdma_set_local_ece$address, LibRdmacm::rdma_set_local_ece$descriptor);
    static final ToMinusOne GET_REMOTE_ECE = new ToMinusOne(
            "rdma_get_remote_ece", LibRdmacm::rdma_get_remote_ece$address, LibRdmacm::rdma_get_remote_ece$descriptor);
    static final ToMinusOne JOIN_MULTICAST = new ToMinusOne(
            "rdma_join_multicast", LibRdmacm::rdma_join_multicast$address, LibRdmacm::rdma_join_multicast$descriptor);
    static final ToMinusOne JOIN_MULTICAST_EX = new ToMinusOne(
            "rdma_join_multicast_ex",
            LibRdmacm::rdma_join_multicast_ex$address,
            LibRdmacm::rdma_join_multicast_ex$descriptor);
    static final ToMinusOne RESOLVE_ADDRINFO = new ToMinusOne(
            "rdma_resolve_addrinfo",
            LibRdmacm::rdma_resolve_addrinfo$address,
            LibRdmacm::rdma_resolve_addrinfo$descriptor);
    static final ToMinusOne QUERY_ADDRINFO = new ToMinusOne(
            "rdma_query_addrinfo", LibRdmacm::rdma_query_addrinfo$address, LibRdmacm::rdma_query_addrinfo$descriptor);
    static final ToMinusOne WRITE_CM_EVENT = new ToMinusOne(
            "rdma_write_cm_event", LibRdmacm::rdma_write_cm_event$address, LibRdmacm::rdma_write_cm_event$descriptor);
    static final ToMinusOne LEAVE_MULTICAST = new ToMinusOne(
            "rdma_leave_multicast",
            LibRdmacm::rdma_leave_multicast$address,
            LibRdmacm::rdma_leave_multicast$descriptor);
    static final ToMinusOne CREATE_EP =
            new ToMinusOne("rdma_create_ep", LibRdmacm::rdma_create_ep$address, LibRdmacm::rdma_create_ep$descriptor);
    static final ToPointer GET_DEVICES = new ToPointer(
            "rdma_get_devices", LibRdmacm::rdma_get_devices$address, LibRdmacm::rdma_get_devices$descriptor);

    private CmCalls() {}
}
