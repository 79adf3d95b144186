/*
 * What the benchmark of one poll_cq compares: a loop in C and a JNI method, both through the pointer in ibv_context.ops. The library stands for
 * libibverbs there, so that the queue is one that ffm-verbs made: only such a queue's polls are critical calls.
 */
#include "fake_verbs.h"

#include <jni.h>
#include <stdlib.h>

struct ibv_cq *fake_cq(struct ibv_context *context);

struct ibv_cq *ibv_create_cq(struct ibv_context *context, int cqe, void *cq_context, struct ibv_comp_channel *channel,
			     int vector)
{
	(void)cqe;
	(void)cq_context;
	(void)channel;
	(void)vector;
	return fake_cq(context);
}

int ibv_destroy_cq(struct ibv_cq *cq)
{
	free(cq);
	return 0;
}

const char *ibv_get_device_name(struct ibv_device *device)
{
	return device->name;
}

__be64 ibv_get_device_guid(struct ibv_device *device)
{
	(void)device;
	return 0;
}

int ibv_get_device_index(struct ibv_device *device)
{
	(void)device;
	return 1;
}

int bench_poll_loop(struct ibv_cq *cq, int count, struct ibv_wc *wc)
{
	int sum = 0;

	for (int i = 0; i < count; i++)
		sum += ibv_poll_cq(cq, 1, wc);
	return sum;
}

JNIEXPORT jint JNICALL Java_io_ffmiser_benchmarks_VerbsBenchmark_jniPoll(JNIEnv *env, jclass type, jlong cq, jint count,
									 jlong wc)
{
	(void)env;
	(void)type;
	return ibv_poll_cq((struct ibv_cq *)(uintptr_t)cq, count, (struct ibv_wc *)(uintptr_t)wc);
}
