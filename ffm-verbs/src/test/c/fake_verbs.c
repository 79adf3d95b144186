/* The context, its ops and the functions of verbs_context; see fake_verbs.h. */
#include "fake_verbs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct fake_log fake_log;
int fake_next_result;

#define PAGE 4096

void *fake_new(size_t size)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (size > PAGE || page == MAP_FAILED)
		abort();
	return page;
}

void fake_free(void *object)
{
	*(volatile char *)object = 0;
	mprotect(object, PAGE, PROT_NONE);
}

void fake_record(const char *name, int arguments, ...)
{
	struct fake_call *call = &fake_log.call[fake_log.count++ % FAKE_CALLS];
	va_list list;

	memset(call, 0, sizeof(*call));
	call->name = name;
	va_start(list, arguments);
	for (int i = 0; i < arguments; i++)
		call->argument[i] = va_arg(list, uint64_t);
	va_end(list);
}

int fake_result(void)
{
	int result = fake_next_result;

	fake_next_result = 0;
	return result;
}

void fake_reset(void)
{
	memset(&fake_log, 0, sizeof(fake_log));
	fake_next_result = 0;
}

void fake_set_next_result(int result)
{
	fake_next_result = result;
}

struct fake_log *fake_get_log(void)
{
	return &fake_log;
}

/* ---- ibv_context.ops ---- */

/* What poll_cq hands out, in turn. */
static struct ibv_wc scripted[64];
static int scripted_count;

void fake_script_completion(const struct ibv_wc *wc)
{
	scripted[scripted_count++ % 64] = *wc;
}

static int poll_cq(struct ibv_cq *cq, int num_entries, struct ibv_wc *wc)
{
	int n = scripted_count < num_entries ? scripted_count : num_entries;

	(void)cq;
	if (fake_next_result)
		return fake_result();
	memcpy(wc, scripted, n * sizeof(*wc));
	memmove(scripted, scripted + n, (scripted_count - n) * sizeof(*wc));
	scripted_count -= n;
	return n;
}

static int req_notify_cq(struct ibv_cq *cq, int solicited_only)
{
	RECORD2("req_notify_cq", cq, solicited_only);
	return fake_result();
}

/* Fails, when it is told to, at the second request of the chain. */
#define POST(name, queue_type, wr_type)                                                         \
	static int name(queue_type *queue, wr_type *wr, wr_type **bad)                           \
	{                                                                                        \
		int result = fake_result();                                                     \
		for (; wr; wr = wr->next) {                                                     \
			if (result && fake_log.count) {                                         \
				*bad = wr;                                                      \
				return result;                                                  \
			}                                                                       \
			RECORD4(#name, queue, wr->wr_id, wr->num_sge, wr);                      \
		}                                                                               \
		return result;                                                                  \
	}

POST(post_send, struct ibv_qp, struct ibv_send_wr)
POST(post_recv, struct ibv_qp, struct ibv_recv_wr)
POST(post_srq_recv, struct ibv_srq, struct ibv_recv_wr)
POST(post_wq_recv, struct ibv_wq, struct ibv_recv_wr)

static struct ibv_mw *alloc_mw(struct ibv_pd *pd, enum ibv_mw_type type)
{
	struct ibv_mw *mw = fake_new(sizeof(*mw));

	RECORD2("alloc_mw", pd, type);
	mw->context = pd->context;
	mw->pd = pd;
	mw->type = type;
	mw->rkey = 0x1100;
	return mw;
}

static int dealloc_mw(struct ibv_mw *mw)
{
	RECORD1("dealloc_mw", mw);
	fake_free(mw);
	return fake_result();
}

static int bind_mw(struct ibv_qp *qp, struct ibv_mw *mw, struct ibv_mw_bind *bind)
{
	RECORD5("bind_mw", qp, mw, bind->wr_id, bind->bind_info.length, bind->bind_info.mw_access_flags);
	return fake_result();
}

/* ---- struct verbs_context, the data path's part; add a function here, and a line in fake_context ---- */

static int modify_cq(struct ibv_cq *cq, struct ibv_modify_cq_attr *attr)
{
	RECORD4("modify_cq", cq, attr->attr_mask, attr->moderate.cq_count, attr->moderate.cq_period);
	return fake_result();
}

static int modify_qp_rate_limit(struct ibv_qp *qp, struct ibv_qp_rate_limit_attr *attr)
{
	RECORD4("modify_qp_rate_limit", qp, attr->rate_limit, attr->max_burst_sz, attr->typical_pkt_sz);
	return fake_result();
}

static int get_srq_num(struct ibv_srq *srq, uint32_t *number)
{
	RECORD1("get_srq_num", srq);
	*number = 0x5151;
	return fake_result();
}

static int post_srq_ops(struct ibv_srq *srq, struct ibv_ops_wr *op, struct ibv_ops_wr **bad)
{
	int result = fake_result();

	for (; op; op = op->next) {
		if (result && fake_log.count) {
			*bad = op;
			return result;
		}
		fake_record("post_srq_ops", 8, (uint64_t)srq, op->wr_id, (uint64_t)op->opcode, (uint64_t)op->flags,
			    (uint64_t)op->tm.unexpected_cnt, (uint64_t)op->tm.handle, op->tm.add.tag, op->tm.add.mask);
		if (op->opcode == IBV_WR_TAG_ADD)
			op->tm.handle = 0x7700 + op->wr_id;
	}
	return result;
}

static struct ibv_srq *create_srq_ex(struct ibv_context *context, struct ibv_srq_init_attr_ex *attr)
{
	struct ibv_srq *srq = fake_new(sizeof(*srq));

	fake_record("create_srq_ex", 8, (uint64_t)attr->comp_mask, (uint64_t)attr->srq_type, (uint64_t)attr->pd,
		    (uint64_t)attr->xrcd, (uint64_t)attr->cq, (uint64_t)attr->tm_cap.max_num_tags,
		    (uint64_t)attr->tm_cap.max_ops, (uint64_t)attr->attr.max_wr);
	srq->context = context;
	srq->pd = attr->pd;
	srq->handle = 9;
	return srq;
}

static struct ibv_qp *create_qp_ex(struct ibv_context *context, struct ibv_qp_init_attr_ex *attr)
{
	struct ibv_qp_ex *qp = fake_new(sizeof(*qp));

	fake_record("create_qp_ex", 8, (uint64_t)attr->comp_mask, (uint64_t)attr->qp_type, (uint64_t)attr->pd,
		    (uint64_t)attr->xrcd, (uint64_t)attr->create_flags, (uint64_t)attr->max_tso_header,
		    (uint64_t)attr->rwq_ind_tbl, (uint64_t)attr->send_ops_flags);
	fake_record("create_qp_ex.more", 6, (uint64_t)attr->source_qpn, (uint64_t)attr->rx_hash_conf.rx_hash_function,
		    (uint64_t)attr->rx_hash_conf.rx_hash_key_len, (uint64_t)attr->rx_hash_conf.rx_hash_fields_mask,
		    (uint64_t)(attr->rx_hash_conf.rx_hash_key ? attr->rx_hash_conf.rx_hash_key[0] : 0),
		    (uint64_t)attr->sq_sig_all);
	attr->cap.max_inline_data = 333;
	qp->qp_base.context = context;
	qp->qp_base.pd = attr->pd;
	qp->qp_base.qp_num = 77;
	qp->qp_base.qp_type = attr->qp_type;
	fake_set_qp_ex(qp);
	return &qp->qp_base;
}

static struct ibv_qp *open_qp(struct ibv_context *context, struct ibv_qp_open_attr *attr)
{
	struct ibv_qp *qp = fake_new(sizeof(*qp));

	RECORD5("open_qp", attr->comp_mask, attr->qp_num, attr->xrcd, attr->qp_context, attr->qp_type);
	qp->context = context;
	qp->qp_num = attr->qp_num;
	qp->qp_type = attr->qp_type;
	return qp;
}

static struct ibv_cq_ex *create_cq_ex(struct ibv_context *context, struct ibv_cq_init_attr_ex *attr)
{
	struct ibv_cq_ex *cq = fake_new(sizeof(*cq));

	fake_record("create_cq_ex", 8, (uint64_t)attr->cqe, (uint64_t)attr->cq_context, (uint64_t)attr->channel,
		    (uint64_t)attr->comp_vector, (uint64_t)attr->wc_flags, (uint64_t)attr->comp_mask,
		    (uint64_t)attr->flags, (uint64_t)attr->parent_domain);
	cq->context = context;
	cq->cqe = attr->cqe;
	fake_set_cq_ex(cq);
	return cq;
}

static struct ibv_wq *create_wq(struct ibv_context *context, struct ibv_wq_init_attr *attr)
{
	struct ibv_wq *wq = fake_new(sizeof(*wq));

	memset(wq, 0xAA, sizeof(*wq));
	fake_record("create_wq", 8, (uint64_t)attr->wq_context, (uint64_t)attr->wq_type, (uint64_t)attr->max_wr,
		    (uint64_t)attr->max_sge, (uint64_t)attr->pd, (uint64_t)attr->cq, (uint64_t)attr->comp_mask,
		    (uint64_t)attr->create_flags);
	attr->max_wr = 64;
	wq->context = context;
	wq->pd = attr->pd;
	wq->cq = attr->cq;
	wq->wq_num = 12;
	wq->state = IBV_WQS_RESET;
	wq->wq_type = attr->wq_type;
	wq->post_recv = post_wq_recv;
	return wq;
}

static int modify_wq(struct ibv_wq *wq, struct ibv_wq_attr *attr)
{
	fake_record("modify_wq", 6, (uint64_t)wq, (uint64_t)attr->attr_mask, (uint64_t)attr->wq_state,
		    (uint64_t)attr->curr_wq_state, (uint64_t)attr->flags, (uint64_t)attr->flags_mask);
	if (attr->attr_mask & IBV_WQ_ATTR_STATE)
		wq->state = attr->wq_state;
	return fake_result();
}

/* As libibverbs does: the mutex and the condition must be such as ibv_create_wq initialises them. */
static int destroy_wq(struct ibv_wq *wq)
{
	int result;

	RECORD1("destroy_wq", wq);
	result = pthread_mutex_lock(&wq->mutex);
	if (!result)
		result = pthread_mutex_unlock(&wq->mutex);
	if (!result)
		result = pthread_cond_broadcast(&wq->cond);
	fake_free(wq);
	return result ? result : fake_result();
}

static struct ibv_rwq_ind_table *create_rwq_ind_table(struct ibv_context *context,
						      struct ibv_rwq_ind_table_init_attr *attr)
{
	struct ibv_rwq_ind_table *table = fake_new(sizeof(*table));

	RECORD4("create_rwq_ind_table", attr->log_ind_tbl_size, attr->ind_tbl[0],
		attr->ind_tbl[(1 << attr->log_ind_tbl_size) - 1], attr->comp_mask);
	table->context = context;
	table->ind_tbl_num = 5;
	return table;
}

static int destroy_rwq_ind_table(struct ibv_rwq_ind_table *table)
{
	RECORD1("destroy_rwq_ind_table", table);
	fake_free(table);
	return fake_result();
}

static struct ibv_xrcd *open_xrcd(struct ibv_context *context, struct ibv_xrcd_init_attr *attr)
{
	struct ibv_xrcd *xrcd = fake_new(sizeof(*xrcd));

	RECORD2("open_xrcd", attr->comp_mask, attr->oflags);
	xrcd->context = context;
	return xrcd;
}

static int close_xrcd(struct ibv_xrcd *xrcd)
{
	RECORD1("close_xrcd", xrcd);
	fake_free(xrcd);
	return fake_result();
}

/* ---- objects ---- */

static struct ibv_device device = {
	.node_type = IBV_NODE_CA,
	.transport_type = IBV_TRANSPORT_IB,
	.name = "fake0",
	.dev_name = "uverbs99",
};

struct ibv_context *fake_context(void)
{
	struct verbs_context *verbs = fake_new(sizeof(*verbs));

	verbs->sz = sizeof(*verbs);
	verbs->context.abi_compat = __VERBS_ABI_IS_EXTENDED;
	verbs->context.device = &device;
	verbs->context.num_comp_vectors = 1;
	verbs->context.ops.poll_cq = poll_cq;
	verbs->context.ops.req_notify_cq = req_notify_cq;
	verbs->context.ops.post_send = post_send;
	verbs->context.ops.post_recv = post_recv;
	verbs->context.ops.post_srq_recv = post_srq_recv;
	verbs->context.ops.alloc_mw = alloc_mw;
	verbs->context.ops.dealloc_mw = dealloc_mw;
	verbs->context.ops.bind_mw = bind_mw;
	verbs->modify_cq = modify_cq;
	verbs->modify_qp_rate_limit = modify_qp_rate_limit;
	verbs->get_srq_num = get_srq_num;
	verbs->post_srq_ops = post_srq_ops;
	verbs->create_srq_ex = create_srq_ex;
	verbs->create_qp_ex = create_qp_ex;
	verbs->open_qp = open_qp;
	verbs->create_cq_ex = create_cq_ex;
	verbs->create_wq = create_wq;
	verbs->modify_wq = modify_wq;
	verbs->destroy_wq = destroy_wq;
	verbs->create_rwq_ind_table = create_rwq_ind_table;
	verbs->destroy_rwq_ind_table = destroy_rwq_ind_table;
	verbs->open_xrcd = open_xrcd;
	verbs->close_xrcd = close_xrcd;
	return &verbs->context;
}

/* A context of a libibverbs that knew no verbs_context. */
struct ibv_context *fake_old_context(void)
{
	struct ibv_context *context = fake_context();

	context->abi_compat = NULL;
	return context;
}

struct ibv_pd *fake_pd(struct ibv_context *context)
{
	struct ibv_pd *pd = fake_new(sizeof(*pd));

	pd->context = context;
	return pd;
}

struct ibv_cq *fake_cq(struct ibv_context *context)
{
	struct ibv_cq_ex *cq = fake_new(sizeof(*cq));

	cq->context = context;
	cq->cqe = 16;
	fake_set_cq_ex(cq);
	return ibv_cq_ex_to_cq(cq);
}

struct ibv_srq *fake_srq(struct ibv_context *context)
{
	struct ibv_srq *srq = fake_new(sizeof(*srq));

	srq->context = context;
	return srq;
}

struct ibv_qp *fake_qp(struct ibv_context *context, int type)
{
	struct ibv_qp_ex *qp = fake_new(sizeof(*qp) + sizeof(void *)); /* wr_flush, which older headers lack */

	qp->qp_base.context = context;
	qp->qp_base.qp_num = 4711;
	qp->qp_base.qp_type = type;
	fake_set_qp_ex(qp);
	return &qp->qp_base;
}

/* The same without one function of the send builder. */
struct ibv_qp *fake_qp_without_tso(struct ibv_context *context)
{
	struct ibv_qp *qp = fake_qp(context, IBV_QPT_UD);

	((struct ibv_qp_ex *)qp)->wr_send_tso = NULL;
	return qp;
}

/* What a domain or a device would be, for pointers that are only passed on. */
void *fake_object(struct ibv_context *context)
{
	void **object = calloc(64, sizeof(*object));

	object[0] = context;
	return object;
}
