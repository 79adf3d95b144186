/**
 * libibverbs for Java: RDMA verbs over the Foreign Function and Memory API, without JNI.
 *
 * <p>Needs {@code --enable-native-access=io.ffmiser.verbs} (class path: {@code ALL-UNNAMED}) and, at run time, {@code libibverbs.so.1} of
 * rdma-core 30 or later. The generated bindings are not exported.
 */
@SuppressWarnings("module") // io.ffmiser.rdmacm is built after this one
module io.ffmiser.verbs {
    requires static org.jspecify;

    exports io.ffmiser.verbs;
    exports io.ffmiser.verbs.internal to
            io.ffmiser.rdmacm;
}
