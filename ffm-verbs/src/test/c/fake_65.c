/*
 * The functions that libibverbs gained after rdma-core 44, as a device would answer them: each writes its arguments into fake_65_line, which a
 * test reads back as text. The structs are written out here, as the installed headers may not have them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char line[1024];
static int next_errno;

const char *fake_65_line(void) { return line; }
void fake_65_fail_next(int number) { next_errno = number; }

static int failed(const char *format, ...)
{
	va_list list;
	int number = next_errno;

	va_start(list, format);
	vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	next_errno = 0;
	errno = number;
	return number;
}

const char *ibv_get_device_name(void *device) { (void)device; return "fake65"; }
int ibv_dereg_mr(void *mr) { free(mr); return failed("dereg_mr"); }

int ibv_query_port_speed(void *context, uint32_t port, uint64_t *speed)
{
	(void)context;
	*speed = 8000; /* XDR: 800 Gb/s in hundreds of megabits */
	return failed("port %u", port);
}

struct dmah_init_attr { uint32_t comp_mask, cpu_id; uint8_t ph, tph_mem_type; };

void *ibv_alloc_dmah(void *context, struct dmah_init_attr *attr)
{
	void **dmah = calloc(1, 64);

	*dmah = context;
	return failed("dmah %x %u %u %u", attr->comp_mask, attr->cpu_id, attr->ph, attr->tph_mem_type) ? NULL : dmah;
}

int ibv_dealloc_dmah(void *dmah) { free(dmah); return failed("dealloc_dmah"); }

struct mr_init_attr {
	size_t length;
	int access;
	uint64_t comp_mask, iova;
	void *addr;
	int fd;
	uint64_t fd_offset;
	void *dmah, *buf;
};

struct mr { void *context, *pd, *addr; size_t length; uint32_t handle, lkey, rkey; };

void *ibv_reg_mr_ex(void *pd, struct mr_init_attr *attr)
{
	struct mr *mr = calloc(1, sizeof(*mr));

	mr->pd = pd;
	mr->lkey = 65;
	return failed("mr %zu %x %" PRIx64 " %" PRIx64 " %d %d %" PRIu64 " %d %d", attr->length, attr->access, attr->comp_mask,
		      attr->iova, attr->addr != NULL, attr->fd, attr->fd_offset, attr->dmah != NULL, attr->buf != NULL) ? NULL : mr;
}

void *ibv_reg_mr(void *pd, void *addr, size_t length, int access)
{
	struct mr *mr = calloc(1, sizeof(*mr));

	mr->pd = pd;
	mr->addr = addr;
	failed("reg_mr %zu %x", length, access);
	return mr;
}

void *ibv_alloc_buf(void *pd, size_t size, void **buf)
{
	void *memory = aligned_alloc(4096, (size + 4095) & ~(size_t)4095);

	(void)pd;
	*buf = calloc(1, 64);
	*(void **)*buf = memory;
	return failed("buf %zu", size) ? NULL : memory;
}

void ibv_free_buf(void *buf)
{
	free(*(void **)buf);
	free(buf);
	failed("free_buf");
}

int ibv_export_buf_dmabuf_fd(void *buf) { (void)buf; return failed("export_buf") ? -1 : 77; }
int ibv_dm_export_dmabuf_fd(void *dm) { (void)dm; return failed("export_dm") ? -1 : 78; }

void *ibv_reg_buf_mr(void *pd, void *buf, void *addr, size_t length, int access)
{
	struct mr *mr = calloc(1, sizeof(*mr));

	mr->pd = pd;
	return failed("buf_mr %td %zu %x", (char *)addr - *(char **)buf, length, access) ? NULL : mr;
}

int ibv_query_qp_data_in_order(void *qp, int opcode, uint32_t flags)
{
	(void)qp;
	failed("in_order %d %u", opcode, flags);
	return 6;
}

struct comp_cntr_caps { uint64_t max_value; uint32_t max_counters, ops; };
struct comp_cntr_init_attr { uint32_t comp_mask, type, flags; };
struct comp_cntr { void *context; uint32_t handle; uint64_t count, errors; };
struct attach_attr { uint32_t comp_mask, op_mask; };

int _ibv_query_comp_cntr_caps(void *context, struct comp_cntr_caps *caps, size_t size)
{
	(void)context;
	caps->max_value = (uint64_t)1 << 48;
	caps->max_counters = 4000000000u;
	caps->ops = 0x103;
	return failed("caps %zu", size);
}

void *ibv_create_comp_cntr(void *context, struct comp_cntr_init_attr *attr)
{
	struct comp_cntr *counter = calloc(1, sizeof(*counter));

	counter->context = context;
	counter->handle = 9;
	return failed("counter %u %u %u", attr->comp_mask, attr->type, attr->flags) ? NULL : counter;
}

int ibv_destroy_comp_cntr(struct comp_cntr *counter) { free(counter); return failed("destroy_counter"); }

#define CHANGE(name, field, operator)                                                                                                      \
	int name(struct comp_cntr *counter, uint64_t value)                                                                                \
	{                                                                                                                                  \
		counter->field operator value;                                                                                             \
		return failed(#name " %" PRIu64, value);                                                                                   \
	}
CHANGE(ibv_set_comp_cntr, count, =)
CHANGE(ibv_set_err_comp_cntr, errors, =)
CHANGE(ibv_inc_comp_cntr, count, +=)
CHANGE(ibv_inc_err_comp_cntr, errors, +=)

int ibv_read_comp_cntr(struct comp_cntr *counter, uint64_t *value)
{
	*value = counter->count;
	return failed("read");
}

int ibv_read_err_comp_cntr(struct comp_cntr *counter, uint64_t *value)
{
	*value = counter->errors;
	return failed("read_err");
}

int ibv_qp_attach_comp_cntr(void *qp, struct comp_cntr *counter, struct attach_attr *attr)
{
	(void)qp;
	(void)counter;
	return failed("attach %u %x", attr->comp_mask, attr->op_mask);
}
