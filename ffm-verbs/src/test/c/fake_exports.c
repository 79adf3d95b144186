/*
 * Functions that libibverbs exports, for a process that loads this library as libibverbs.so.1: what neither soft RoCE nor siw can do succeeds
 * here, with the effects that the manual names. An object has the handle that it was imported by.
 */
#include "fake_verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#undef ibv_reg_mr

struct ibv_context *fake_context(void);

const char *ibv_get_device_name(struct ibv_device *device)
{
	return device->name;
}

int ibv_get_device_index(struct ibv_device *device)
{
	(void)device;
	return 5;
}

__be64 ibv_get_device_guid(struct ibv_device *device)
{
	(void)device;
	return 0;
}

static struct ibv_mr *new_mr(struct ibv_pd *pd, void *addr, size_t length, uint32_t handle)
{
	struct ibv_mr *mr = calloc(1, sizeof(*mr));

	mr->context = pd->context;
	mr->pd = pd;
	mr->addr = addr;
	mr->length = length;
	mr->handle = handle;
	mr->lkey = 0x100;
	mr->rkey = 0x200;
	return mr;
}

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	RECORD4("ibv_reg_mr", pd, addr, length, access);
	return new_mr(pd, addr, length, 1);
}

struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t length, uint64_t iova, int fd, int access)
{
	fake_record("ibv_reg_dmabuf_mr", 6, (uint64_t)pd, offset, (uint64_t)length, iova, (uint64_t)fd,
		    (uint64_t)access);
	return new_mr(pd, NULL, length, 2);
}

int ibv_rereg_mr(struct ibv_mr *mr, int flags, struct ibv_pd *pd, void *addr, size_t length, int access)
{
	int result = fake_result();

	fake_record("ibv_rereg_mr", 6, (uint64_t)mr, (uint64_t)flags, (uint64_t)pd, (uint64_t)addr, (uint64_t)length,
		    (uint64_t)access);
	errno = ENOMEM;
	if (result && result != IBV_REREG_MR_ERR_DO_FORK_OLD)
		return result;
	if (flags & IBV_REREG_MR_CHANGE_PD) {
		mr->pd = pd;
		mr->context = pd->context;
	}
	if (flags & IBV_REREG_MR_CHANGE_TRANSLATION) {
		mr->addr = addr;
		mr->length = length;
	}
	mr->lkey++;
	mr->rkey++;
	return result;
}

int ibv_dereg_mr(struct ibv_mr *mr)
{
	RECORD2("ibv_dereg_mr", mr, mr->handle);
	free(mr);
	return 0;
}

struct ibv_context *ibv_import_device(int cmd_fd)
{
	struct ibv_context *context = fake_context();

	RECORD1("ibv_import_device", cmd_fd);
	context->cmd_fd = cmd_fd;
	return context;
}

int ibv_close_device(struct ibv_context *context)
{
	RECORD1("ibv_close_device", context->cmd_fd);
	close(context->cmd_fd);
	return 0;
}

struct ibv_pd *ibv_import_pd(struct ibv_context *context, uint32_t handle)
{
	struct ibv_pd *pd = calloc(1, sizeof(*pd));

	RECORD2("ibv_import_pd", context, handle);
	pd->context = context;
	pd->handle = handle;
	return pd;
}

void ibv_unimport_pd(struct ibv_pd *pd)
{
	RECORD1("ibv_unimport_pd", pd->handle);
}

struct ibv_mr *ibv_import_mr(struct ibv_pd *pd, uint32_t handle)
{
	RECORD2("ibv_import_mr", pd, handle);
	return new_mr(pd, NULL, 0, handle);
}

void ibv_unimport_mr(struct ibv_mr *mr)
{
	RECORD1("ibv_unimport_mr", mr->handle);
}

struct ibv_dm *ibv_import_dm(struct ibv_context *context, uint32_t handle)
{
	struct ibv_dm *dm = calloc(1, sizeof(*dm));

	RECORD2("ibv_import_dm", context, handle);
	dm->context = context;
	dm->handle = handle;
	return dm;
}

void ibv_unimport_dm(struct ibv_dm *dm)
{
	RECORD1("ibv_unimport_dm", dm->handle);
}

static struct ibv_ece offered = {.vendor_id = 0x2c9, .options = 0x80000001};

int ibv_query_ece(struct ibv_qp *qp, struct ibv_ece *ece)
{
	RECORD1("ibv_query_ece", qp);
	*ece = offered;
	return 0;
}

int ibv_set_ece(struct ibv_qp *qp, struct ibv_ece *ece)
{
	RECORD4("ibv_set_ece", qp, ece->vendor_id, ece->options, ece->comp_mask);
	offered = *ece;
	return 0;
}

/* Twice, as fake_call has eight arguments. */
int ibv_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask)
{
	fake_record("ibv_modify_qp", 8, (uint64_t)qp, (uint64_t)mask, (uint64_t)attr->qp_state,
		    (uint64_t)attr->cur_qp_state, (uint64_t)attr->alt_pkey_index, (uint64_t)attr->alt_port_num,
		    (uint64_t)attr->alt_timeout, (uint64_t)attr->path_mig_state);
	fake_record("alt_ah_attr", 5, (uint64_t)attr->alt_ah_attr.dlid, (uint64_t)attr->alt_ah_attr.is_global,
		    (uint64_t)attr->alt_ah_attr.port_num, (uint64_t)attr->alt_ah_attr.grh.sgid_index,
		    (uint64_t)attr->en_sqd_async_notify);
	return 0;
}

int ibv_query_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct ibv_qp_init_attr *init)
{
	(void)init;
	RECORD2("ibv_query_qp", qp, mask);
	attr->qp_state = IBV_QPS_SQD;
	attr->cur_qp_state = IBV_QPS_SQE;
	attr->sq_draining = 1;
	attr->path_mig_state = IBV_MIG_ARMED;
	attr->alt_ah_attr.dlid = 0xABCD;
	attr->alt_ah_attr.port_num = 3;
	attr->alt_pkey_index = 0xFFFE;
	attr->alt_port_num = 254;
	attr->alt_timeout = 31;
	return 0;
}

int ibv_query_qp_data_in_order(struct ibv_qp *qp, enum ibv_wr_opcode operation, uint32_t flags)
{
	RECORD3("ibv_query_qp_data_in_order", qp, operation, flags);
	return operation == IBV_WR_RDMA_WRITE;
}
