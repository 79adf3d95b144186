/* What the benchmark of one poll_cq compares: a loop in C and a JNI method, both through the pointer in ibv_context.ops. */
#include "fake_verbs.h"

#include <jni.h>

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
