/**
 * librdmacm for Java: the RDMA connection manager over the Foreign Function and Memory API, without JNI.
 *
 * <p>Needs {@code --enable-native-access=io.ffmiser.verbs,io.ffmiser.rdmacm} (class path: {@code ALL-UNNAMED}) and, at run time,
 * {@code librdmacm.so.1} and {@code libibverbs.so.1} of rdma-core 30 or later. The generated bindings are not exported.
 */
module io.ffmiser.rdmacm {
    requires static org.jspecify;
    requires transitive io.ffmiser.verbs;

    exports io.ffmiser.rdmacm;
}
