/*
 * A libibverbs.so.1 for the programs that misuse the binding on purpose: what libibverbs exports, over the fake device, and a data path that follows
 * every pointer it is given and takes the locks that a provider takes. Where a provider would end the process, so does this.
 */
#include "../fake_verbs.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#undef ibv_reg_mr
#undef ibv_reg_mr_iova
#undef ibv_query_port

struct ibv_context *fake_control_context(void);

static volatile uint64_t sink;

static void touch(const void *data, size_t length)
{
	const volatile uint8_t *byte = data;

	for (size_t i = 0; i < length; i++)
		sink += byte[i];
}

/* ---- a call that waits: the next one that has wait_if_held, until it is released ---- */

static int hold_next;
static sem_t held, released;

void strict_hold_next(void)
{
	sem_init(&held, 0, 0);
	sem_init(&released, 0, 0);
	hold_next = 1;
}

void strict_await_held(void)
{
	while (sem_wait(&held))
		;
}

void strict_release(void)
{
	sem_post(&released);
}

static void wait_if_held(void)
{
	if (__atomic_exchange_n(&hold_next, 0, __ATOMIC_SEQ_CST)) {
		sem_post(&held);
		while (sem_wait(&released))
			;
	}
}

/* ---- the data path ---- */

static pthread_mutex_t send_queue = PTHREAD_MUTEX_INITIALIZER;
static uint64_t *current;
static uint64_t requests[1024];
static int count;

static void touch_elements(const struct ibv_send_wr *wr)
{
	for (int i = 0; i < wr->num_sge; i++)
		touch((void *)wr->sg_list[i].addr, wr->sg_list[i].length);
}

static int post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	(void)bad;
	pthread_mutex_lock(&send_queue);
	for (; wr; wr = wr->next) {
		RECORD4("post_send", qp, wr->wr_id, wr->num_sge, wr->opcode);
		if (qp->qp_type == IBV_QPT_UD)
			touch(wr->wr.ud.ah, sizeof(struct ibv_ah));
		if (wr->send_flags & IBV_SEND_INLINE)
			touch_elements(wr);
		if (wr->opcode == IBV_WR_TSO)
			touch(wr->tso.hdr, wr->tso.hdr_sz);
		if (wr->opcode == IBV_WR_BIND_MW) {
			touch(wr->bind_mw.mw, sizeof(struct ibv_mw));
			touch(wr->bind_mw.bind_info.mr, sizeof(struct ibv_mr));
		}
	}
	pthread_mutex_unlock(&send_queue);
	return fake_result();
}

static void wr_start(struct ibv_qp_ex *qp)
{
	RECORD1("wr_start", qp);
	pthread_mutex_lock(&send_queue);
	current = NULL;
	count = 0;
}

static int wr_complete(struct ibv_qp_ex *qp)
{
	RECORD1("wr_complete", qp);
	pthread_mutex_unlock(&send_queue);
	return fake_result();
}

static void wr_abort(struct ibv_qp_ex *qp)
{
	RECORD1("wr_abort", qp);
	pthread_mutex_unlock(&send_queue);
}

static void wr_send(struct ibv_qp_ex *qp)
{
	RECORD2("wr_send", qp->wr_id, qp->wr_flags);
	current = &requests[count++];
}

static void wr_rdma_write(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr)
{
	RECORD4("wr_rdma_write", qp->wr_id, rkey, addr, qp->wr_flags);
	current = &requests[count++];
}

static void wr_bind_mw(struct ibv_qp_ex *qp, struct ibv_mw *mw, uint32_t rkey, const struct ibv_mw_bind_info *info)
{
	RECORD2("wr_bind_mw", qp->wr_id, rkey);
	current = &requests[count++];
	touch(mw, sizeof(*mw));
	touch(info->mr, sizeof(*info->mr));
}

static void wr_send_tso(struct ibv_qp_ex *qp, void *header, uint16_t size, uint16_t mss)
{
	RECORD3("wr_send_tso", qp->wr_id, size, mss);
	current = &requests[count++];
	touch(header, size);
}

static void wr_atomic_write(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr, const void *data)
{
	RECORD3("wr_atomic_write", qp->wr_id, rkey, addr);
	current = &requests[count++];
	touch(data, 8);
}

static void wr_set_ud_addr(struct ibv_qp_ex *qp, struct ibv_ah *ah, uint32_t qpn, uint32_t qkey)
{
	RECORD4("wr_set_ud_addr", qp->wr_id, ah, qpn, qkey);
	*current += 1;
	touch(ah, sizeof(*ah));
}

static void wr_set_inline_data(struct ibv_qp_ex *qp, void *addr, size_t length)
{
	RECORD3("wr_set_inline_data", qp->wr_id, addr, length);
	*current += 1;
	touch(addr, length);
}

static void wr_set_inline_data_list(struct ibv_qp_ex *qp, size_t pieces, const struct ibv_data_buf *list)
{
	RECORD2("wr_set_inline_data_list", qp->wr_id, pieces);
	*current += 1;
	for (size_t i = 0; i < pieces; i++)
		touch(list[i].addr, list[i].length);
}

static void wr_set_sge(struct ibv_qp_ex *qp, uint32_t lkey, uint64_t addr, uint32_t length)
{
	RECORD4("wr_set_sge", qp->wr_id, lkey, addr, length);
	*current += 1;
}

static void wr_set_sge_list(struct ibv_qp_ex *qp, size_t pieces, const struct ibv_sge *list)
{
	RECORD2("wr_set_sge_list", qp->wr_id, pieces);
	*current += 1;
	touch(list, pieces * sizeof(*list));
}

static void set_builder(struct ibv_qp *qp)
{
	struct ibv_qp_ex *ex = (struct ibv_qp_ex *)qp;

	fake_set_qp_ex(ex);
	ex->wr_start = wr_start;
	ex->wr_complete = wr_complete;
	ex->wr_abort = wr_abort;
	ex->wr_send = wr_send;
	ex->wr_rdma_write = wr_rdma_write;
	ex->wr_bind_mw = wr_bind_mw;
	ex->wr_send_tso = wr_send_tso;
	ex->wr_atomic_write = wr_atomic_write;
	ex->wr_set_ud_addr = wr_set_ud_addr;
	ex->wr_set_inline_data = wr_set_inline_data;
	ex->wr_set_inline_data_list = wr_set_inline_data_list;
	ex->wr_set_sge = wr_set_sge;
	ex->wr_set_sge_list = wr_set_sge_list;
}

/* ---- what libibverbs exports ---- */

struct ibv_pd *ibv_alloc_pd(struct ibv_context *context)
{
	struct ibv_pd *pd = fake_new(sizeof(*pd));

	RECORD1("ibv_alloc_pd", context);
	wait_if_held();
	touch(context, sizeof(*context));
	pd->context = context;
	return pd;
}

int ibv_dealloc_pd(struct ibv_pd *pd)
{
	RECORD1("ibv_dealloc_pd", pd);
	touch(pd, sizeof(*pd));
	fake_free(pd);
	return fake_result();
}

static struct ibv_mr *registered(struct ibv_pd *pd, void *addr, size_t length)
{
	struct ibv_mr *mr = fake_new(sizeof(*mr));

	wait_if_held();
	if (addr)
		touch(addr, length);
	mr->context = pd->context;
	mr->pd = pd;
	mr->addr = addr;
	mr->length = length;
	mr->lkey = 0x1234;
	mr->rkey = 0xFEDCBA98;
	mr->handle = 0x44;
	return mr;
}

struct ibv_mr *ibv_reg_mr(struct ibv_pd *pd, void *addr, size_t length, int access)
{
	RECORD4("ibv_reg_mr", pd, addr, length, access);
	return registered(pd, addr, length);
}

struct ibv_mr *ibv_reg_mr_iova(struct ibv_pd *pd, void *addr, size_t length, uint64_t iova, int access)
{
	RECORD5("ibv_reg_mr_iova", pd, addr, length, iova, access);
	return registered(pd, addr, length);
}

struct ibv_mr *ibv_reg_mr_iova2(struct ibv_pd *pd, void *addr, size_t length, uint64_t iova, unsigned int access)
{
	RECORD5("ibv_reg_mr_iova2", pd, addr, length, iova, access);
	return registered(pd, addr, length);
}

struct ibv_mr *ibv_reg_dmabuf_mr(struct ibv_pd *pd, uint64_t offset, size_t length, uint64_t iova, int fd, int access)
{
	fake_record("ibv_reg_dmabuf_mr", 6, (uint64_t)pd, offset, (uint64_t)length, iova, (uint64_t)fd,
		    (uint64_t)access);
	return registered(pd, NULL, length);
}

int ibv_rereg_mr(struct ibv_mr *mr, int flags, struct ibv_pd *pd, void *addr, size_t length, int access)
{
	RECORD5("ibv_rereg_mr", mr, flags, pd, addr, access);
	if (flags & IBV_REREG_MR_CHANGE_TRANSLATION)
		touch(addr, length);
	if (flags & IBV_REREG_MR_CHANGE_PD)
		mr->pd = pd;
	mr->lkey++;
	return fake_result();
}

int ibv_dereg_mr(struct ibv_mr *mr)
{
	RECORD1("ibv_dereg_mr", mr);
	touch(mr, sizeof(*mr));
	fake_free(mr);
	return fake_result();
}

struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	struct ibv_qp_ex *qp = fake_new(sizeof(*qp));

	RECORD2("ibv_create_qp", pd, attr->qp_type);
	touch(attr->send_cq, sizeof(struct ibv_cq));
	if (attr->qp_type != IBV_QPT_XRC_SEND)
		touch(attr->recv_cq, sizeof(struct ibv_cq));
	qp->qp_base.context = pd->context;
	qp->qp_base.pd = pd;
	qp->qp_base.srq = attr->srq;
	qp->qp_base.qp_num = 4711;
	qp->qp_base.qp_type = attr->qp_type;
	set_builder(&qp->qp_base);
	return &qp->qp_base;
}

int ibv_destroy_qp(struct ibv_qp *qp)
{
	RECORD1("ibv_destroy_qp", qp);
	touch(qp, sizeof(*qp));
	fake_free(qp);
	return fake_result();
}

int ibv_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask)
{
	RECORD2("ibv_modify_qp", qp, mask);
	if (mask & IBV_QP_STATE)
		qp->state = attr->qp_state;
	return fake_result();
}

int ibv_query_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask, struct ibv_qp_init_attr *init)
{
	(void)init;
	RECORD2("ibv_query_qp", qp, mask);
	wait_if_held();
	attr->qp_state = qp->state;
	return fake_result();
}

struct ibv_qp_ex *ibv_qp_to_qp_ex(struct ibv_qp *qp)
{
	return (struct ibv_qp_ex *)qp;
}

int ibv_attach_mcast(struct ibv_qp *qp, const union ibv_gid *gid, uint16_t lid)
{
	RECORD3("ibv_attach_mcast", qp, gid, lid);
	touch(qp, sizeof(*qp));
	return fake_result();
}

struct ibv_srq *ibv_create_srq(struct ibv_pd *pd, struct ibv_srq_init_attr *attr)
{
	struct ibv_srq *srq = fake_new(sizeof(*srq));

	RECORD4("ibv_create_srq", pd, attr->attr.max_wr, attr->attr.max_sge, attr->attr.srq_limit);
	srq->context = pd->context;
	srq->pd = pd;
	return srq;
}

int ibv_modify_srq(struct ibv_srq *srq, struct ibv_srq_attr *attr, int mask)
{
	RECORD4("ibv_modify_srq", srq, attr->max_wr, attr->srq_limit, mask);
	touch(srq, sizeof(*srq));
	return fake_result();
}

int ibv_query_srq(struct ibv_srq *srq, struct ibv_srq_attr *attr)
{
	RECORD1("ibv_query_srq", srq);
	wait_if_held();
	touch(srq, sizeof(*srq));
	attr->max_wr = 1;
	return fake_result();
}

int ibv_destroy_srq(struct ibv_srq *srq)
{
	RECORD1("ibv_destroy_srq", srq);
	touch(srq, sizeof(*srq));
	fake_free(srq);
	return fake_result();
}

struct ibv_cq *ibv_create_cq(struct ibv_context *context, int cqe, void *cq_context, struct ibv_comp_channel *channel,
			     int vector)
{
	struct ibv_cq_ex *cq = fake_new(sizeof(*cq));

	RECORD5("ibv_create_cq", context, cqe, cq_context, channel, vector);
	cq->context = context;
	cq->cqe = cqe;
	cq->cq_context = cq_context;
	cq->channel = channel;
	fake_set_cq_ex(cq);
	return ibv_cq_ex_to_cq(cq);
}

int ibv_destroy_cq(struct ibv_cq *cq)
{
	RECORD1("ibv_destroy_cq", cq);
	touch(cq, sizeof(*cq));
	fake_free(cq);
	return fake_result();
}

struct ibv_ah *ibv_create_ah(struct ibv_pd *pd, struct ibv_ah_attr *attr)
{
	struct ibv_ah *ah = fake_new(sizeof(*ah));

	RECORD5("ibv_create_ah", pd, attr->dlid, attr->sl, attr->src_path_bits, attr->port_num);
	ah->context = pd->context;
	ah->pd = pd;
	return ah;
}

struct ibv_ah *ibv_create_ah_from_wc(struct ibv_pd *pd, struct ibv_wc *wc, struct ibv_grh *grh, uint8_t port)
{
	struct ibv_ah *ah = fake_new(sizeof(*ah));

	RECORD3("ibv_create_ah_from_wc", pd, wc->wr_id, port);
	touch(grh, sizeof(*grh));
	ah->context = pd->context;
	ah->pd = pd;
	return ah;
}

int ibv_init_ah_from_wc(struct ibv_context *context, uint8_t port, struct ibv_wc *wc, struct ibv_grh *grh,
			struct ibv_ah_attr *attr)
{
	RECORD3("ibv_init_ah_from_wc", context, wc->wr_id, port);
	touch(grh, sizeof(*grh));
	attr->port_num = port;
	return fake_result();
}

int ibv_destroy_ah(struct ibv_ah *ah)
{
	RECORD1("ibv_destroy_ah", ah);
	touch(ah, sizeof(*ah));
	fake_free(ah);
	return fake_result();
}

/* ---- devices ---- */

const char *ibv_get_device_name(struct ibv_device *device)
{
	return device->name;
}

int ibv_get_device_index(struct ibv_device *device)
{
	return device->name[4] - '0';
}

__be64 ibv_get_device_guid(struct ibv_device *device)
{
	(void)device;
	return htobe64(0x0011223344556677);
}

/* A context of a device of that number. */
struct ibv_context *strict_context(int number)
{
	struct ibv_context *context = fake_control_context();
	struct ibv_device *device = fake_new(sizeof(*device));

	*device = *context->device;
	device->name[4] = '0' + number;
	context->device = device;
	context->ops.post_send = post_send;
	return context;
}

/* A queue pair of a kind, by a strict data path. */
struct ibv_qp *strict_qp(struct ibv_context *context, int type)
{
	struct ibv_qp_ex *qp = fake_new(sizeof(*qp));

	qp->qp_base.context = context;
	qp->qp_base.qp_num = 4711;
	qp->qp_base.qp_type = type;
	set_builder(&qp->qp_base);
	return &qp->qp_base;
}

/* Frees a context, as ibv_close_device does: a touch of it ends the process. */
void strict_free_context(struct ibv_context *context)
{
	fake_free(verbs_get_ctx(context));
}

/* ---- what came after rdma-core 44; the structs are written out, as the installed headers may not have them ---- */

struct first_context { struct ibv_context *context; uint32_t handle; };

static void *of_context(struct ibv_context *context)
{
	struct first_context *object = fake_new(sizeof(*object));

	wait_if_held();
	touch(context, sizeof(*context));
	object->context = context;
	return object;
}

static int destroyed(struct first_context *object)
{
	touch(object, sizeof(*object));
	touch(object->context, sizeof(*object->context));
	fake_free(object);
	return fake_result();
}

static int used(void *object)
{
	wait_if_held();
	touch(object, sizeof(struct first_context));
	return fake_result();
}

struct dmah_attr;
struct comp_cntr_attr;
struct attach_attr;

void *ibv_alloc_dmah(struct ibv_context *context, struct dmah_attr *attr)
{
	RECORD2("ibv_alloc_dmah", context, attr);
	return of_context(context);
}

int ibv_dealloc_dmah(void *dmah)
{
	RECORD1("ibv_dealloc_dmah", dmah);
	return destroyed(dmah);
}

void *ibv_create_comp_cntr(struct ibv_context *context, struct comp_cntr_attr *attr)
{
	RECORD2("ibv_create_comp_cntr", context, attr);
	return of_context(context);
}

int ibv_destroy_comp_cntr(void *counter)
{
	RECORD1("ibv_destroy_comp_cntr", counter);
	return destroyed(counter);
}

#define USE(name)                                                                                                      \
	int name(void *counter, uint64_t value)                                                                        \
	{                                                                                                              \
		RECORD2(#name, counter, value);                                                                        \
		return used(counter);                                                                                  \
	}
USE(ibv_set_comp_cntr)
USE(ibv_set_err_comp_cntr)
USE(ibv_inc_comp_cntr)
USE(ibv_inc_err_comp_cntr)
USE(ibv_read_comp_cntr)
USE(ibv_read_err_comp_cntr)

int ibv_qp_attach_comp_cntr(struct ibv_qp *qp, void *counter, struct attach_attr *attr)
{
	RECORD3("ibv_qp_attach_comp_cntr", qp, counter, attr);
	touch(qp, sizeof(*qp));
	return used(counter);
}

void *ibv_alloc_buf(struct ibv_pd *pd, size_t size, void **buf)
{
	void *memory = fake_new(size);
	void **made = fake_new(64);

	RECORD2("ibv_alloc_buf", pd, size);
	wait_if_held();
	touch(pd, sizeof(*pd));
	*made = memory;
	*buf = made;
	return memory;
}

void ibv_free_buf(void *buf)
{
	RECORD1("ibv_free_buf", buf);
	fake_free(*(void **)buf);
	fake_free(buf);
}

int ibv_export_buf_dmabuf_fd(void *buf)
{
	RECORD1("ibv_export_buf_dmabuf_fd", buf);
	return used(buf);
}

struct mr_init_attr {
	size_t length;
	int access;
	uint64_t comp_mask, iova;
	void *addr;
	int fd;
	uint64_t fd_offset;
	void *dmah, *buf;
};

struct ibv_mr *ibv_reg_mr_ex(struct ibv_pd *pd, struct mr_init_attr *attr)
{
	RECORD3("ibv_reg_mr_ex", pd, attr->addr, attr->length);
	if (attr->dmah)
		touch(attr->dmah, sizeof(struct first_context));
	if (attr->buf)
		touch(attr->buf, sizeof(void *));
	return registered(pd, attr->addr, attr->length);
}
