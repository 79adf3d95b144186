/* The send builder of ibv_qp_ex and the reader of ibv_cq_ex; see fake_verbs.h. */
#include "fake_verbs.h"

#include <errno.h>

static void wr_atomic_cmp_swp(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr, uint64_t compare, uint64_t swap)
{
	RECORD5("wr_atomic_cmp_swp", qp->wr_id, rkey, addr, compare, swap);
}

static void wr_atomic_fetch_add(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr, uint64_t add)
{
	RECORD4("wr_atomic_fetch_add", qp->wr_id, rkey, addr, add);
}

static void wr_bind_mw(struct ibv_qp_ex *qp, struct ibv_mw *mw, uint32_t rkey, const struct ibv_mw_bind_info *info)
{
	fake_record("wr_bind_mw", 7, (uint64_t)qp->wr_id, (uint64_t)mw, (uint64_t)rkey, (uint64_t)info->mr, info->addr,
		    info->length, (uint64_t)info->mw_access_flags);
}

static void wr_local_inv(struct ibv_qp_ex *qp, uint32_t rkey)
{
	RECORD2("wr_local_inv", qp->wr_id, rkey);
}

static void wr_rdma_read(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr)
{
	RECORD3("wr_rdma_read", qp->wr_id, rkey, addr);
}

static void wr_rdma_write(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr)
{
	RECORD4("wr_rdma_write", qp->wr_id, rkey, addr, qp->wr_flags);
}

static void wr_rdma_write_imm(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr, __be32 imm)
{
	RECORD4("wr_rdma_write_imm", qp->wr_id, rkey, addr, imm);
}

static void wr_send(struct ibv_qp_ex *qp)
{
	RECORD2("wr_send", qp->wr_id, qp->wr_flags);
}

static void wr_send_imm(struct ibv_qp_ex *qp, __be32 imm)
{
	RECORD2("wr_send_imm", qp->wr_id, imm);
}

static void wr_send_inv(struct ibv_qp_ex *qp, uint32_t rkey)
{
	RECORD2("wr_send_inv", qp->wr_id, rkey);
}

static void wr_send_tso(struct ibv_qp_ex *qp, void *header, uint16_t size, uint16_t mss)
{
	RECORD4("wr_send_tso", qp->wr_id, header, size, mss);
}

static void wr_set_ud_addr(struct ibv_qp_ex *qp, struct ibv_ah *ah, uint32_t qpn, uint32_t qkey)
{
	RECORD4("wr_set_ud_addr", qp->wr_id, ah, qpn, qkey);
}

static void wr_set_xrc_srqn(struct ibv_qp_ex *qp, uint32_t srqn)
{
	RECORD2("wr_set_xrc_srqn", qp->wr_id, srqn);
}

static void wr_set_inline_data(struct ibv_qp_ex *qp, void *addr, size_t length)
{
	RECORD3("wr_set_inline_data", qp->wr_id, addr, length);
}

static void wr_set_inline_data_list(struct ibv_qp_ex *qp, size_t count, const struct ibv_data_buf *list)
{
	RECORD5("wr_set_inline_data_list", qp->wr_id, count, list[0].addr, list[0].length, list[count - 1].length);
}

static void wr_set_sge(struct ibv_qp_ex *qp, uint32_t lkey, uint64_t addr, uint32_t length)
{
	RECORD4("wr_set_sge", qp->wr_id, lkey, addr, length);
}

static void wr_set_sge_list(struct ibv_qp_ex *qp, size_t count, const struct ibv_sge *list)
{
	RECORD5("wr_set_sge_list", qp->wr_id, count, list[0].addr, list[count - 1].length, list[count - 1].lkey);
}

static void wr_start(struct ibv_qp_ex *qp)
{
	RECORD1("wr_start", qp);
}

static int wr_complete(struct ibv_qp_ex *qp)
{
	RECORD1("wr_complete", qp);
	return fake_result();
}

static void wr_abort(struct ibv_qp_ex *qp)
{
	RECORD1("wr_abort", qp);
}

static void wr_atomic_write(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr, const void *data)
{
	RECORD4("wr_atomic_write", qp->wr_id, rkey, addr, *(const uint64_t *)data);
}

static void wr_flush(struct ibv_qp_ex *qp, uint32_t rkey, uint64_t addr, size_t length, uint8_t type, uint8_t level)
{
	fake_record("wr_flush", 6, (uint64_t)qp->wr_id, (uint64_t)rkey, addr, (uint64_t)length, (uint64_t)type, (uint64_t)level);
}

void fake_set_qp_ex(struct ibv_qp_ex *qp)
{
	qp->wr_atomic_cmp_swp = wr_atomic_cmp_swp;
	qp->wr_atomic_fetch_add = wr_atomic_fetch_add;
	qp->wr_bind_mw = wr_bind_mw;
	qp->wr_local_inv = wr_local_inv;
	qp->wr_rdma_read = wr_rdma_read;
	qp->wr_rdma_write = wr_rdma_write;
	qp->wr_rdma_write_imm = wr_rdma_write_imm;
	qp->wr_send = wr_send;
	qp->wr_send_imm = wr_send_imm;
	qp->wr_send_inv = wr_send_inv;
	qp->wr_send_tso = wr_send_tso;
	qp->wr_set_ud_addr = wr_set_ud_addr;
	qp->wr_set_xrc_srqn = wr_set_xrc_srqn;
	qp->wr_set_inline_data = wr_set_inline_data;
	qp->wr_set_inline_data_list = wr_set_inline_data_list;
	qp->wr_set_sge = wr_set_sge;
	qp->wr_set_sge_list = wr_set_sge_list;
	qp->wr_start = wr_start;
	qp->wr_complete = wr_complete;
	qp->wr_abort = wr_abort;
	qp->wr_atomic_write = wr_atomic_write;
	((void **)&qp->wr_atomic_write)[1] = (void *)wr_flush; /* the next field; of rdma-core 45 */
}

/* Two completions, of requests 101 and 102; every other field is a number of its own plus the completion's place. */
static int position;

static int next(struct ibv_cq_ex *cq)
{
	if (position == 2)
		return ENOENT;
	cq->wr_id = 101 + position;
	cq->status = position ? IBV_WC_REM_ACCESS_ERR : IBV_WC_SUCCESS;
	position++;
	return 0;
}

static int start_poll(struct ibv_cq_ex *cq, struct ibv_poll_cq_attr *attr)
{
	int result = fake_result();

	RECORD2("start_poll", cq, attr->comp_mask);
	if (result)
		return result;
	position = 0;
	return next(cq);
}

static int next_poll(struct ibv_cq_ex *cq)
{
	int result = fake_result();

	return result ? result : next(cq);
}

static void end_poll(struct ibv_cq_ex *cq)
{
	RECORD1("end_poll", cq);
}

static enum ibv_wc_opcode read_opcode(struct ibv_cq_ex *cq) { (void)cq; return IBV_WC_RECV_RDMA_WITH_IMM; }
static uint32_t read_vendor_err(struct ibv_cq_ex *cq) { (void)cq; return 200 + position; }
static uint32_t read_byte_len(struct ibv_cq_ex *cq) { (void)cq; return 300 + position; }
static __be32 read_imm_data(struct ibv_cq_ex *cq) { (void)cq; return 0x04030201; }
static uint32_t read_qp_num(struct ibv_cq_ex *cq) { (void)cq; return 400 + position; }
static uint32_t read_src_qp(struct ibv_cq_ex *cq) { (void)cq; return 500 + position; }
static unsigned int read_wc_flags(struct ibv_cq_ex *cq) { (void)cq; return IBV_WC_WITH_IMM | IBV_WC_GRH; }
static uint32_t read_slid(struct ibv_cq_ex *cq) { (void)cq; return 0x12345; }
static uint8_t read_sl(struct ibv_cq_ex *cq) { (void)cq; return 0xF7; }
static uint8_t read_dlid_path_bits(struct ibv_cq_ex *cq) { (void)cq; return 0xF8; }
static uint64_t read_completion_ts(struct ibv_cq_ex *cq) { (void)cq; return 0x1122334455667788; }
static uint16_t read_cvlan(struct ibv_cq_ex *cq) { (void)cq; return 0xFEDC; }
static uint32_t read_flow_tag(struct ibv_cq_ex *cq) { (void)cq; return 600 + position; }
static uint64_t read_completion_wallclock_ns(struct ibv_cq_ex *cq) { (void)cq; return 0x7766554433221100; }

static void read_tm_info(struct ibv_cq_ex *cq, struct ibv_wc_tm_info *info)
{
	(void)cq;
	info->tag = 0xABCDEF0123456789;
	info->priv = 700 + position;
}

void fake_set_cq_ex(struct ibv_cq_ex *cq)
{
	cq->start_poll = start_poll;
	cq->next_poll = next_poll;
	cq->end_poll = end_poll;
	cq->read_opcode = read_opcode;
	cq->read_vendor_err = read_vendor_err;
	cq->read_byte_len = read_byte_len;
	cq->read_imm_data = read_imm_data;
	cq->read_qp_num = read_qp_num;
	cq->read_src_qp = read_src_qp;
	cq->read_wc_flags = read_wc_flags;
	cq->read_slid = read_slid;
	cq->read_sl = read_sl;
	cq->read_dlid_path_bits = read_dlid_path_bits;
	cq->read_completion_ts = read_completion_ts;
	cq->read_cvlan = read_cvlan;
	cq->read_flow_tag = read_flow_tag;
	cq->read_tm_info = read_tm_info;
	cq->read_completion_wallclock_ns = read_completion_wallclock_ns;
}
