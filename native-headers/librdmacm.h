// What io.ffmiser.rdmacm.gen is generated from.
#include <rdma/rdma_cma.h>
#include <rdma/rdma_verbs.h>
#include <rdma/rsocket.h>
