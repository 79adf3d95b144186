/* The functions of verbs_context beside the data path; see fake_verbs.h. */
#include "fake_verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ibv_context *fake_context(void);

static struct ibv_dm *last_dm;
static char dm_memory[4096];

static int memcpy_to_dm(struct ibv_dm *dm, uint64_t offset, const void *from, size_t length)
{
	RECORD4("memcpy_to_dm", dm, offset, from, length);
	memcpy(dm_memory + offset, from, length);
	return fake_result();
}

static int memcpy_from_dm(void *to, struct ibv_dm *dm, uint64_t offset, size_t length)
{
	RECORD4("memcpy_from_dm", to, dm, offset, length);
	memcpy(to, dm_memory + offset, length);
	return fake_result();
}

static struct ibv_dm *alloc_dm(struct ibv_context *context, struct ibv_alloc_dm_attr *attr)
{
	RECORD4("alloc_dm", context, attr->length, attr->log_align_req, attr->comp_mask);
	if (fake_next_result) {
		errno = fake_result();
		return NULL;
	}
	last_dm = fake_new(sizeof(*last_dm));
	last_dm->context = context;
	last_dm->memcpy_to_dm = memcpy_to_dm;
	last_dm->memcpy_from_dm = memcpy_from_dm;
	last_dm->handle = 0xD3;
	return last_dm;
}

static int free_dm(struct ibv_dm *dm)
{
	int result = fake_result();

	RECORD1("free_dm", dm);
	if (!result)
		fake_free(dm);
	return result;
}

static struct ibv_mr *new_mr(struct ibv_pd *pd)
{
	struct ibv_mr *mr = fake_new(sizeof(*mr));

	mr->context = pd->context;
	mr->pd = pd;
	mr->lkey = 0x1234;
	mr->rkey = 0xFEDCBA98;
	mr->handle = 0x44;
	return mr;
}

static struct ibv_mr *reg_dm_mr(struct ibv_pd *pd, struct ibv_dm *dm, uint64_t offset, size_t length,
				unsigned int access)
{
	RECORD5("reg_dm_mr", pd, dm, offset, length, access);
	return new_mr(pd);
}

static struct ibv_mr *alloc_null_mr(struct ibv_pd *pd)
{
	RECORD1("alloc_null_mr", pd);
	return new_mr(pd);
}

static int advise_mr(struct ibv_pd *pd, enum ibv_advise_mr_advice advice, uint32_t flags, struct ibv_sge *list,
		     uint32_t count)
{
	fake_record("advise_mr", 7, (uint64_t)pd, (uint64_t)advice, (uint64_t)flags, (uint64_t)count, list->addr,
		    (uint64_t)list->length, (uint64_t)list->lkey);
	return fake_result();
}

static struct ibv_td *alloc_td(struct ibv_context *context, struct ibv_td_init_attr *attr)
{
	struct ibv_td *td = fake_new(sizeof(*td));

	RECORD2("alloc_td", context, attr->comp_mask);
	td->context = context;
	return td;
}

static int dealloc_td(struct ibv_td *td)
{
	RECORD1("dealloc_td", td);
	fake_free(td);
	return fake_result();
}

static struct ibv_pd *alloc_parent_domain(struct ibv_context *context, struct ibv_parent_domain_init_attr *attr)
{
	struct ibv_pd *pd = fake_new(sizeof(*pd));

	RECORD4("alloc_parent_domain", context, attr->pd, attr->td, attr->comp_mask);
	pd->context = context;
	pd->handle = 0x9D;
	return pd;
}

static struct ibv_xrcd *open_xrcd(struct ibv_context *context, struct ibv_xrcd_init_attr *attr)
{
	struct ibv_xrcd *xrcd = fake_new(sizeof(*xrcd));

	RECORD4("open_xrcd", context, attr->comp_mask, (int64_t)attr->fd, attr->oflags);
	xrcd->context = context;
	return xrcd;
}

static int close_xrcd(struct ibv_xrcd *xrcd)
{
	int result = fake_result();

	RECORD1("close_xrcd", xrcd);
	if (!result)
		fake_free(xrcd);
	return result;
}

static struct ibv_counters *create_counters(struct ibv_context *context, struct ibv_counters_init_attr *attr)
{
	struct ibv_counters *counters = fake_new(sizeof(*counters));

	RECORD2("create_counters", context, attr->comp_mask);
	counters->context = context;
	return counters;
}

static int destroy_counters(struct ibv_counters *counters)
{
	RECORD1("destroy_counters", counters);
	fake_free(counters);
	return fake_result();
}

static int attach_counters_point_flow(struct ibv_counters *counters, struct ibv_counter_attach_attr *attr,
				      struct ibv_flow *flow)
{
	RECORD5("attach_counters_point_flow", counters, attr->counter_desc, attr->index, attr->comp_mask, flow);
	return fake_result();
}

static int read_counters(struct ibv_counters *counters, uint64_t *values, uint32_t count, uint32_t flags)
{
	RECORD3("read_counters", counters, count, flags);
	for (uint32_t i = 0; i < count; i++)
		values[i] = 1000 + i;
	return fake_result();
}

/* What create_flow was given, byte for byte. */
static char last_flow[1024];

void *fake_last_flow(void)
{
	return last_flow;
}

static struct ibv_flow *create_flow(struct ibv_qp *qp, struct ibv_flow_attr *attr)
{
	struct ibv_flow *flow = fake_new(sizeof(*flow));

	RECORD4("ibv_create_flow", qp, attr->type, attr->num_of_specs, attr->size);
	memcpy(last_flow, attr, attr->size);
	flow->context = qp->context;
	return flow;
}

static int destroy_flow(struct ibv_flow *flow)
{
	RECORD1("ibv_destroy_flow", flow);
	fake_free(flow);
	return fake_result();
}

/* Follows every pointer of the attributes: a wrong offset shows as a wrong number. */
static void record_esp(const char *name, void *object, const struct ibv_flow_action_esp_attr *attr)
{
	const struct ibv_flow_action_esp_keymat_aes_gcm *key = attr->keymat_ptr;
	const struct ibv_flow_action_esp_replay_bmp *replay = attr->replay_ptr;
	const struct ibv_flow_action_esp_encap *encap = attr->esp_encap;
	const struct ibv_flow_action_esp *esp = attr->esp_attr;

	RECORD2(name, object, attr->comp_mask);
	RECORD2("esn", attr->comp_mask, attr->esn);
	if (esp)
		RECORD5("esp", esp->spi, esp->seq, esp->tfc_pad, esp->flags, esp->hard_limit_pkts);
	if (key)
		fake_record("keymat", 8, (uint64_t)attr->keymat_proto, (uint64_t)attr->keymat_len, key->iv,
			    (uint64_t)key->iv_algo, (uint64_t)key->salt, (uint64_t)key->icv_len, (uint64_t)key->key_len,
			    (uint64_t)key->aes_key[0]);
	if (replay)
		RECORD3("replay", attr->replay_proto, attr->replay_len, replay->size);
	for (; encap; encap = encap->next_ptr)
		RECORD3("encap", encap->type, encap->len, *(uint32_t *)encap->val_ptr);
}

static struct ibv_flow_action *create_flow_action_esp(struct ibv_context *context,
						      struct ibv_flow_action_esp_attr *attr)
{
	struct ibv_flow_action *action = fake_new(sizeof(*action));

	action->context = context;
	record_esp("create_flow_action_esp", context, attr);
	return action;
}

static int modify_flow_action_esp(struct ibv_flow_action *action, struct ibv_flow_action_esp_attr *attr)
{
	record_esp("modify_flow_action_esp", action, attr);
	return fake_result();
}

static int destroy_flow_action(struct ibv_flow_action *action)
{
	RECORD1("destroy_flow_action", action);
	fake_free(action);
	return fake_result();
}

static int query_rt_values(struct ibv_context *context, struct ibv_values_ex *values)
{
	RECORD2("query_rt_values", context, values->comp_mask);
	values->raw_clock.tv_sec = 3;
	values->raw_clock.tv_nsec = 17;
	return fake_result();
}

static int query_device_ex(struct ibv_context *context, const struct ibv_query_device_ex_input *input,
			   struct ibv_device_attr_ex *attr, size_t size)
{
	RECORD3("query_device_ex", context, input, size);
	strcpy(attr->orig_attr.fw_ver, "1.2.3");
	attr->orig_attr.max_qp = 77;
	attr->orig_attr.node_guid = htobe64(0x0011223344556677);
	attr->odp_caps.general_caps = IBV_ODP_SUPPORT | IBV_ODP_SUPPORT_IMPLICIT;
	attr->odp_caps.per_transport_caps.rc_odp_caps = IBV_ODP_SUPPORT_READ;
	attr->odp_caps.per_transport_caps.uc_odp_caps = IBV_ODP_SUPPORT_SEND;
	attr->odp_caps.per_transport_caps.ud_odp_caps = IBV_ODP_SUPPORT_RECV;
	attr->completion_timestamp_mask = ~0ULL;
	attr->hca_core_clock = 156250;
	attr->device_cap_flags_ex = IBV_DEVICE_XRC | IBV_DEVICE_RAW_SCATTER_FCS;
	attr->tso_caps.max_tso = 0xFFFFFFFF;
	attr->tso_caps.supported_qpts = 1 << IBV_QPT_RAW_PACKET;
	attr->rss_caps.supported_qpts = 1 << IBV_QPT_UD;
	attr->rss_caps.max_rwq_indirection_tables = 4;
	attr->rss_caps.max_rwq_indirection_table_size = 5;
	attr->rss_caps.rx_hash_fields_mask = IBV_RX_HASH_INNER | IBV_RX_HASH_DST_IPV6;
	attr->rss_caps.rx_hash_function = IBV_RX_HASH_FUNC_TOEPLITZ;
	attr->max_wq_type_rq = 6;
	attr->packet_pacing_caps.qp_rate_limit_min = 7;
	attr->packet_pacing_caps.qp_rate_limit_max = 8;
	attr->packet_pacing_caps.supported_qpts = 1 << IBV_QPT_RC;
	attr->raw_packet_caps = IBV_RAW_PACKET_CAP_IP_CSUM;
	attr->tm_caps.max_rndv_hdr_size = 9;
	attr->tm_caps.max_num_tags = 10;
	attr->tm_caps.flags = IBV_TM_CAP_RC;
	attr->tm_caps.max_ops = 11;
	attr->tm_caps.max_sge = 12;
	attr->cq_mod_caps.max_cq_count = 0xFFFF;
	attr->cq_mod_caps.max_cq_period = 0xFFFE;
	attr->max_dm_size = 4096;
	attr->pci_atomic_caps.fetch_add = IBV_PCI_ATOMIC_OPERATION_4_BYTE_SIZE_SUP;
	attr->pci_atomic_caps.swap = IBV_PCI_ATOMIC_OPERATION_8_BYTE_SIZE_SUP;
	attr->pci_atomic_caps.compare_swap = IBV_PCI_ATOMIC_OPERATION_16_BYTE_SIZE_SUP;
	attr->xrc_odp_caps = IBV_ODP_SUPPORT_SRQ_RECV;
	attr->phys_port_cnt_ex = 300;
	return fake_result();
}

static int query_port(struct ibv_context *context, uint8_t port, struct ibv_port_attr *attr, size_t size)
{
	RECORD3("query_port", context, port, size);
	attr->state = IBV_PORT_ACTIVE;
	attr->max_mtu = IBV_MTU_4096;
	attr->active_mtu = IBV_MTU_1024;
	attr->max_msg_sz = 0x80000000;
	attr->link_layer = IBV_LINK_LAYER_INFINIBAND;
	attr->lid = 0xFFFE;
	attr->flags = IBV_QPF_GRH_REQUIRED;
	attr->port_cap_flags2 = IBV_PORT_LINK_SPEED_NDR_SUP;
	return fake_result();
}

/* fake_context with these functions too. */
struct ibv_context *fake_control_context(void)
{
	struct ibv_context *context = fake_context();
	struct verbs_context *verbs = verbs_get_ctx(context);

	verbs->alloc_dm = alloc_dm;
	verbs->free_dm = free_dm;
	verbs->reg_dm_mr = reg_dm_mr;
	verbs->alloc_null_mr = alloc_null_mr;
	verbs->advise_mr = advise_mr;
	verbs->alloc_td = alloc_td;
	verbs->dealloc_td = dealloc_td;
	verbs->alloc_parent_domain = alloc_parent_domain;
	verbs->open_xrcd = open_xrcd;
	verbs->close_xrcd = close_xrcd;
	verbs->create_counters = create_counters;
	verbs->destroy_counters = destroy_counters;
	verbs->attach_counters_point_flow = attach_counters_point_flow;
	verbs->read_counters = read_counters;
	verbs->ibv_create_flow = create_flow;
	verbs->ibv_destroy_flow = destroy_flow;
	verbs->create_flow_action_esp = create_flow_action_esp;
	verbs->modify_flow_action_esp = modify_flow_action_esp;
	verbs->destroy_flow_action = destroy_flow_action;
	verbs->query_rt_values = query_rt_values;
	verbs->query_device_ex = query_device_ex;
	verbs->query_port = query_port;
	return context;
}
