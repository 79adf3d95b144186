/*
 * A device that is not there, for what soft RoCE and siw lack: a verbs_context whose functions write down how they were called and return
 * made-up objects. Nothing of it may be given to a function that libibverbs exports (those go through its private tables).
 */
#ifndef FAKE_VERBS_H
#define FAKE_VERBS_H

#include <infiniband/verbs.h>

#define FAKE_CALLS 256
#define FAKE_ARGUMENTS 8

/* One call: its name and its arguments, each as 64 bits. */
struct fake_call {
	const char *name;
	uint64_t argument[FAKE_ARGUMENTS];
};

/* Where every function writes down its call; what it returns (0 or, where it returns an object, an object) is next_result. */
struct fake_log {
	uint64_t count;
	struct fake_call call[FAKE_CALLS];
};

extern struct fake_log fake_log;

/* What the next recording function that returns an int returns; then 0 again. */
extern int fake_next_result;

/* An object on a page of its own, zeroed; a touch after fake_free ends the process. */
void *fake_new(size_t size);
void fake_free(void *object);

void fake_record(const char *name, int arguments, ...);
int fake_result(void);

#define RECORD1(name, a) fake_record(name, 1, (uint64_t)(a))
#define RECORD2(name, a, b) fake_record(name, 2, (uint64_t)(a), (uint64_t)(b))
#define RECORD3(name, a, b, c) fake_record(name, 3, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c))
#define RECORD4(name, a, b, c, d) fake_record(name, 4, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d))
#define RECORD5(name, a, b, c, d, e) \
	fake_record(name, 5, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e))

void fake_set_qp_ex(struct ibv_qp_ex *qp);
void fake_set_cq_ex(struct ibv_cq_ex *cq);

#endif
