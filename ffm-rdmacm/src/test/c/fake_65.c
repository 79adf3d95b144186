/*
 * What librdmacm gained after rdma-core 44, and the least beside it that a channel, an id and a socket need. Each call is written into a line that
 * a test reads back; an operation's event is there at once.
 */
#include <errno.h>
#include <rdma/rdma_cma.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static char line[1024];
static struct rdma_cm_event *pending;

const char *fake_65_line(void) { return line; }

static int told(int result, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(line + strlen(line), sizeof(line) - strlen(line), format, list);
	va_end(list);
	return result;
}

void fake_65_forget(void) { line[0] = 0; }

int rdma_destroy_id(struct rdma_cm_id *id) { free(id); return 0; }
const char *rdma_event_str(enum rdma_cm_event_type event) { (void)event; return "RDMA_CM_EVENT_FAKE"; }

static void happens(struct rdma_cm_id *id, int event, int status, uint64_t arg)
{
	pending = calloc(1, sizeof(*pending));
	pending->id = id;
	pending->event = event;
	pending->status = status;
	memcpy(&pending->param, &arg, sizeof(arg));
}

int rdma_get_cm_event(struct rdma_event_channel *channel, struct rdma_cm_event **event)
{
	(void)channel;
	if (!pending) {
		errno = EAGAIN;
		return -1;
	}
	*event = pending;
	pending = NULL;
	return 0;
}

int rdma_ack_cm_event(struct rdma_cm_event *event) { free(event); return 0; }

int rdma_write_cm_event(struct rdma_cm_id *id, int event, int status, uint64_t arg)
{
	happens(id, event, status, arg);
	return 0;
}

int rdma_resolve_addrinfo(struct rdma_cm_id *id, const char *node, const char *service, const struct rdma_addrinfo *hints)
{
	if (node && !strcmp(node, "nobody")) {
		errno = -2; /* EAI_NONAME: librdmacm 65 hands it on so */
		return -1;
	}
	if (node && !strcmp(node, "busy")) {
		errno = EBUSY;
		return -1;
	}
	told(0, "%s %s %x", node ? node : "-", service ? service : "-", hints->ai_flags);
	if (node)
		happens(id, 16, 0, 0);
	else
		happens(id, 17, -ETIMEDOUT, 0);
	return 0;
}

int rdma_query_addrinfo(struct rdma_cm_id *id, struct rdma_addrinfo **info)
{
	(void)id;
	*info = calloc(1, sizeof(**info));
	(*info)->ai_port_space = RDMA_PS_TCP;
	(*info)->ai_flags = RAI_PASSIVE;
	return 0;
}

void rdma_freeaddrinfo(struct rdma_addrinfo *info) { free(info); told(0, "free"); }

static int sockets = 100;

int rsocket(int domain, int type, int protocol) { (void)domain; (void)type; (void)protocol; return sockets++; }
int rclose(int socket) { return told(0, "close %d;", socket); }
int repoll_create(int flags) { return told(55, "create %x;", flags); }

int repoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	if (op == EPOLL_CTL_MOD && fd == 101)
		return ENOENT;
	return told(0, "ctl %d %d %d %x %llu;", epfd, op, fd, event->events, (unsigned long long)event->data.u64);
}

int repoll_wait(int epfd, struct epoll_event *events, int most, int timeout)
{
	told(0, "wait %d %d %d;", epfd, most, timeout);
	if (timeout == 0)
		return 0;
	if (most == EBADF)
		return EBADF;
	if (most == 2) {
		events[0].events = 0; /* POLLNVAL: it has no such bit */
		events[0].data.u64 = 100;
		return 1;
	}
	events[0].events = EPOLLIN | EPOLLHUP;
	events[0].data.u64 = 101;
	events[1].events = EPOLLOUT;
	events[1].data.u64 = 100;
	events[2].events = EPOLLOUT;
	events[2].data.u64 = 99; /* of a socket that was removed */
	return 3;
}
