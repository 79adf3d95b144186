// What io.ffmiser.verbs.gen is generated from.
#include <infiniband/verbs.h>
