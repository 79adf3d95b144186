/* A librdmacm without devices, for programs that misuse it: what is destroyed is unmapped at once. */
#define _GNU_SOURCE
#include <rdma/rdma_cma.h>
#include <rdma/rsocket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the program sees and sets. */
atomic_int stub_blocked;   /* what waits does not return while it is not 0, or until its time is over */
atomic_int stub_inside;    /* threads in a call that stub_blocked keeps */
atomic_int stub_destroyed; /* ids, queue pairs, rsockets */
atomic_int stub_acked;     /* events */
atomic_int stub_backlog;

#define PAGE 4096
#define STUB_SOCKET 123456
#define STUB_POLLER 123457

static char *poller;

static void *map(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

struct stub_channel {
	struct rdma_event_channel channel;
	int in;
};

struct rdma_event_channel *rdma_create_event_channel(void)
{
	struct stub_channel *stub = map();
	int ends[2];

	if (pipe(ends))
		return NULL;
	stub->channel.fd = ends[0];
	stub->in = ends[1];
	return &stub->channel;
}

void rdma_destroy_event_channel(struct rdma_event_channel *channel)
{
	close(channel->fd);
	close(((struct stub_channel *)channel)->in);
	mprotect(channel, PAGE, PROT_NONE);
}

int rdma_create_id(struct rdma_event_channel *channel, struct rdma_cm_id **id, void *context, enum rdma_port_space ps)
{
	struct rdma_cm_id *made = map();

	made->channel = channel ? channel : rdma_create_event_channel();
	made->context = context;
	made->ps = ps;
	*id = made;
	return 0;
}

int rdma_destroy_id(struct rdma_cm_id *id)
{
	stub_destroyed++;
	mprotect(id, PAGE, PROT_NONE);
	return 0;
}

/* Gives the id a device of its own. */
int stub_device(struct rdma_cm_id *id)
{
	id->verbs = (struct ibv_context *)((char *)map() + PAGE / 2);
	id->verbs->device = map();
	id->pd = map();
	id->pd->context = id->verbs;
	return 0;
}

/* A completion queue of the id's device. */
struct ibv_cq *stub_completions(struct rdma_cm_id *id)
{
	struct ibv_cq *queue = map();

	queue->context = id->verbs;
	return queue;
}

int rdma_create_qp_ex(struct rdma_cm_id *id, struct ibv_qp_init_attr_ex *attributes)
{
	id->qp = map();
	id->qp->context = id->verbs;
	id->qp->qp_type = attributes->qp_type;
	return 0;
}

int rdma_create_qp(struct rdma_cm_id *id, struct ibv_pd *domain, struct ibv_qp_init_attr *attributes)
{
	(void)domain;
	return rdma_create_qp_ex(id, (struct ibv_qp_init_attr_ex *)attributes);
}

void rdma_destroy_qp(struct rdma_cm_id *id)
{
	stub_destroyed++;
	mprotect(id->qp, PAGE, PROT_NONE);
	id->qp = NULL;
}

static int event_of(struct rdma_cm_id *id, struct rdma_cm_id *listener, int type)
{
	struct rdma_cm_event *event = map();

	event->id = id;
	event->listen_id = listener;
	event->event = type;
	return write(((struct stub_channel *)id->channel)->in, &event, sizeof(event)) == sizeof(event) ? 0 : -1;
}

/* An event of a number that nobody knows. */
int stub_later(struct rdma_cm_id *id)
{
	return event_of(id, NULL, 77);
}

/* A request to a listener that nobody knows. */
int stub_lost(struct rdma_cm_id *id)
{
	struct rdma_cm_id *request;

	rdma_create_id(id->channel, &request, NULL, 0x777);
	return event_of(request, request, RDMA_CM_EVENT_CONNECT_REQUEST);
}

/* A request in a port space that nobody knows. */
int stub_request(struct rdma_cm_id *id)
{
	struct rdma_cm_id *request;

	rdma_create_id(id->channel, &request, NULL, 0x777);
	return event_of(request, id, RDMA_CM_EVENT_CONNECT_REQUEST);
}

int rdma_get_cm_event(struct rdma_event_channel *channel, struct rdma_cm_event **event)
{
	return read(channel->fd, event, sizeof(*event)) == sizeof(*event) ? 0 : -1;
}

int rdma_ack_cm_event(struct rdma_cm_event *event)
{
	stub_acked++;
	mprotect(event, PAGE, PROT_NONE);
	return 0;
}

const char *rdma_event_str(enum rdma_cm_event_type event)
{
	return (int)event < 0 ? "UNKNOWN EVENT" : "EVENT";
}

int rdma_bind_addr(struct rdma_cm_id *id, struct sockaddr *address)
{
	memcpy(&id->route.addr.src_storage, address, sizeof(struct sockaddr_in));
	return 0;
}

int rdma_establish(struct rdma_cm_id *id)
{
	(void)id;
	return 0;
}

int rdma_listen(struct rdma_cm_id *id, int backlog)
{
	(void)id;
	stub_backlog = backlog;
	return 0;
}

__be16 rdma_get_src_port(struct rdma_cm_id *id)
{
	return ((struct sockaddr_in *)&id->route.addr.src_storage)->sin_port;
}

/* IPv6 by its family, and too short for it. */
int rdma_getaddrinfo(const char *node, const char *service, const struct rdma_addrinfo *hints,
		     struct rdma_addrinfo **found)
{
	struct rdma_addrinfo *info = map();
	struct sockaddr *address = map();

	(void)node;
	(void)service;
	(void)hints;
	address->sa_family = AF_INET6;
	info->ai_src_addr = address;
	info->ai_src_len = sizeof(*address);
	info->ai_port_space = 0x777;
	*found = info;
	return 0;
}

void rdma_freeaddrinfo(struct rdma_addrinfo *info)
{
	mprotect(info, PAGE, PROT_NONE);
}

int rsocket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return STUB_SOCKET;
}

int rclose(int socket)
{
	stub_destroyed++;
	return socket == STUB_POLLER ? mprotect(poller, PAGE, PROT_NONE) : 0;
}

int rlisten(int socket, int backlog)
{
	(void)socket;
	stub_backlog = backlog;
	return 0;
}

ssize_t rread(int socket, void *buffer, size_t size)
{
	(void)socket;
	stub_inside++;
	while (stub_blocked)
		sched_yield();
	memset(buffer, 7, size);
	stub_inside--;
	return size;
}

ssize_t rwrite(int socket, const void *buffer, size_t size)
{
	(void)socket;
	return ((const char *)buffer)[size - 1] + size;
}

ssize_t rwritev(int socket, const struct iovec *vector, int count)
{
	return rwrite(socket, vector[count - 1].iov_base, vector[count - 1].iov_len);
}

/* All are ready at once, or, while stub_blocked is not 0, only a descriptor of the kernel's behind them is. */
int rpoll(struct pollfd *fds, nfds_t count, int timeout)
{
	for (nfds_t i = 0; i < count; i++)
		fds[i].revents = stub_blocked ? 0 : fds[i].events;
	if (!stub_blocked)
		return count;
	return fds[count - 1].fd == STUB_SOCKET ? 0 : poll(&fds[count - 1], 1, timeout);
}

int repoll_create(int flags)
{
	(void)flags;
	poller = map();
	return STUB_POLLER;
}

int repoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	(void)epfd;
	(void)event;
	poller[0] = op == EPOLL_CTL_ADD ? 1 : op == EPOLL_CTL_DEL ? 0 : poller[0];
	return fd == STUB_SOCKET ? 0 : EBADF;
}

/* As rdma-core 65: a close does not wait for who is in here. */
int repoll_wait(int epfd, struct epoll_event *events, int most, int timeout)
{
	(void)epfd;
	(void)most;
	for (int waited = 0; stub_blocked || !poller[0]; waited++) {
		if (timeout >= 0 && waited >= timeout)
			return 0;
		poll(NULL, 0, 1);
	}
	events[0].events = EPOLLIN;
	events[0].data.u64 = STUB_SOCKET;
	return 1;
}

/* Does not return while it is blocked, and looks at the id then. */
int rdma_resolve_addrinfo(struct rdma_cm_id *id, const char *node, const char *service,
			  const struct rdma_addrinfo *hints)
{
	(void)node;
	(void)service;
	(void)hints;
	stub_inside++;
	while (stub_blocked)
		sched_yield();
	stub_inside--;
	return id->ps == RDMA_PS_TCP ? 0 : -1;
}

int rdma_query_addrinfo(struct rdma_cm_id *id, struct rdma_addrinfo **found)
{
	rdma_resolve_addrinfo(id, NULL, NULL, NULL);
	return rdma_getaddrinfo(NULL, NULL, NULL, found);
}
