/*
 * A libibverbs of one software device, for programs that misuse it: locks as rxe's are, what is destroyed is unmapped at once, and a
 * queue's destruction waits for its events as libibverbs does.
 */
#define _GNU_SOURCE
#include <infiniband/verbs.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#undef ibv_get_device_list

/* What the program sees and sets. */
atomic_int stub_blocked;    /* poll_cq does not return while it is not 0 */
atomic_int stub_inside;     /* threads in poll_cq and start_poll */
atomic_int stub_ended;      /* end_poll calls */
atomic_int stub_destroyed;  /* queues */
atomic_int stub_last_ack;   /* number of the last asynchronous event that was acknowledged */
atomic_int stub_acks;       /* calls of ibv_ack_cq_events */
atomic_int stub_waiting;    /* completions that start_poll finds */

#define PAGE 4096

static void *map(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

struct stub_cq {
	union {
		struct ibv_cq cq;
		struct ibv_cq_ex ex;
	};
	pthread_spinlock_t lock;
	int events;
	int async_events;
};

int ibv_get_device_index(struct ibv_device *device)
{
	(void)device;
	return 1;
}

static int poll_cq(struct ibv_cq *cq, int count, struct ibv_wc *wc)
{
	struct stub_cq *stub = (struct stub_cq *)cq;

	(void)count;
	(void)wc;
	stub_inside++;
	pthread_spin_lock(&stub->lock);
	while (stub_blocked)
		sched_yield();
	pthread_spin_unlock(&stub->lock);
	stub_inside--;
	return 0;
}

static int req_notify_cq(struct ibv_cq *cq, int solicited)
{
	(void)cq;
	(void)solicited;
	return 0;
}

static int start_poll(struct ibv_cq_ex *ex, struct ibv_poll_cq_attr *attr)
{
	struct stub_cq *stub = (struct stub_cq *)ex;

	(void)attr;
	stub_inside++;
	pthread_spin_lock(&stub->lock);
	stub_inside--;
	if (!stub_waiting) {
		pthread_spin_unlock(&stub->lock);
		return ENOENT;
	}
	stub_waiting--;
	return 0;
}

static int next_poll(struct ibv_cq_ex *ex)
{
	(void)ex;
	if (!stub_waiting)
		return ENOENT;
	stub_waiting--;
	return 0;
}

static void end_poll(struct ibv_cq_ex *ex)
{
	stub_ended++;
	pthread_spin_unlock(&((struct stub_cq *)ex)->lock);
}

static uint32_t read_byte_len(struct ibv_cq_ex *ex)
{
	(void)ex;
	return 42;
}

static struct stub_cq *new_cq(struct ibv_context *context, struct ibv_comp_channel *channel, void *cq_context)
{
	struct stub_cq *stub = map();

	pthread_spin_init(&stub->lock, PTHREAD_PROCESS_PRIVATE);
	pthread_mutex_init(&stub->cq.mutex, NULL);
	pthread_cond_init(&stub->cq.cond, NULL);
	stub->cq.context = context;
	stub->cq.channel = channel;
	stub->cq.cq_context = cq_context;
	stub->cq.cqe = 16;
	return stub;
}

struct ibv_cq *ibv_create_cq(struct ibv_context *context, int cqe, void *cq_context, struct ibv_comp_channel *channel,
			     int vector)
{
	(void)cqe;
	(void)vector;
	return &new_cq(context, channel, cq_context)->cq;
}

static struct ibv_cq_ex *create_cq_ex(struct ibv_context *context, struct ibv_cq_init_attr_ex *attr)
{
	struct stub_cq *stub = new_cq(context, attr->channel, attr->cq_context);

	stub->ex.start_poll = start_poll;
	stub->ex.next_poll = next_poll;
	stub->ex.end_poll = end_poll;
	stub->ex.read_byte_len = read_byte_len;
	return &stub->ex;
}

/* A queue to read in place that no Java made. */
struct ibv_cq_ex *stub_foreign(struct ibv_context *context)
{
	struct ibv_cq_init_attr_ex attr = {.cqe = 16};

	return create_cq_ex(context, &attr);
}

int ibv_resize_cq(struct ibv_cq *cq, int cqe)
{
	(void)cq;
	(void)cqe;
	return 0;
}

int ibv_destroy_cq(struct ibv_cq *cq)
{
	struct stub_cq *stub = (struct stub_cq *)cq;

	pthread_mutex_lock(&cq->mutex);
	while (cq->comp_events_completed != (uint32_t)stub->events ||
	       cq->async_events_completed != (uint32_t)stub->async_events)
		pthread_cond_wait(&cq->cond, &cq->mutex);
	pthread_mutex_unlock(&cq->mutex);
	stub_destroyed++;
	mprotect(cq, PAGE, PROT_NONE);
	return 0;
}

struct stub_channel {
	struct ibv_comp_channel channel;
	int in;
};

struct ibv_comp_channel *ibv_create_comp_channel(struct ibv_context *context)
{
	struct stub_channel *stub = map();
	int ends[2];

	if (pipe(ends))
		return NULL;
	stub->channel.context = context;
	stub->channel.fd = ends[0];
	stub->in = ends[1];
	return &stub->channel;
}

int ibv_destroy_comp_channel(struct ibv_comp_channel *channel)
{
	close(channel->fd);
	close(((struct stub_channel *)channel)->in);
	mprotect(channel, PAGE, PROT_NONE);
	return 0;
}

void stub_event(struct ibv_comp_channel *channel, struct ibv_cq *cq)
{
	((struct stub_cq *)cq)->events++;
	if (write(((struct stub_channel *)channel)->in, &cq, sizeof(cq)) != sizeof(cq))
		abort();
}

int ibv_get_cq_event(struct ibv_comp_channel *channel, struct ibv_cq **cq, void **cq_context)
{
	if (read(channel->fd, cq, sizeof(*cq)) != sizeof(*cq))
		return -1;
	*cq_context = (*cq)->cq_context;
	return 0;
}

void ibv_ack_cq_events(struct ibv_cq *cq, unsigned int count)
{
	stub_acks++;
	pthread_mutex_lock(&cq->mutex);
	cq->comp_events_completed += count;
	pthread_cond_signal(&cq->cond);
	pthread_mutex_unlock(&cq->mutex);
}

static int async_in;

/* An event of a completion queue, or, with NULL, one of a number that nobody knows. */
void stub_async(struct ibv_cq *cq)
{
	struct ibv_async_event event = {.event_type = cq ? IBV_EVENT_CQ_ERR : 77, .element.cq = cq};

	if (cq)
		((struct stub_cq *)cq)->async_events++;
	if (write(async_in, &event, sizeof(event)) != sizeof(event))
		abort();
}

int ibv_get_async_event(struct ibv_context *context, struct ibv_async_event *event)
{
	return read(context->async_fd, event, sizeof(*event)) == sizeof(*event) ? 0 : -1;
}

void ibv_ack_async_event(struct ibv_async_event *event)
{
	struct ibv_cq *cq = event->element.cq;

	stub_last_ack = event->event_type;
	if (event->event_type != IBV_EVENT_CQ_ERR)
		return;
	pthread_mutex_lock(&cq->mutex);
	cq->async_events_completed++;
	pthread_cond_signal(&cq->cond);
	pthread_mutex_unlock(&cq->mutex);
}

static struct ibv_device device = {.node_type = IBV_NODE_CA, .transport_type = IBV_TRANSPORT_IB, .name = "stub0"};

struct ibv_device **ibv_get_device_list(int *count)
{
	static struct ibv_device *list[] = {&device, NULL};

	*count = 1;
	return list;
}

void ibv_free_device_list(struct ibv_device **list)
{
	(void)list;
}

const char *ibv_get_device_name(struct ibv_device *asked)
{
	return asked->name;
}

__be64 ibv_get_device_guid(struct ibv_device *asked)
{
	(void)asked;
	return 0;
}

struct ibv_context *ibv_open_device(struct ibv_device *opened)
{
	struct verbs_context *verbs = map();
	int ends[2];

	if (pipe(ends))
		return NULL;
	async_in = ends[1];
	verbs->sz = sizeof(*verbs);
	verbs->context.abi_compat = __VERBS_ABI_IS_EXTENDED;
	verbs->context.device = opened;
	verbs->context.num_comp_vectors = 1;
	verbs->context.async_fd = ends[0];
	verbs->context.ops.poll_cq = poll_cq;
	verbs->context.ops.req_notify_cq = req_notify_cq;
	verbs->create_cq_ex = create_cq_ex;
	return &verbs->context;
}

int ibv_close_device(struct ibv_context *context)
{
	close(context->async_fd);
	mprotect((void *)((uintptr_t)context & ~(uintptr_t)(PAGE - 1)), PAGE, PROT_NONE);
	return 0;
}
