/**
 * RDMA devices behind the service provider interface: what libibverbs and librdmacm find, such as RNICs, soft-RoCE and siw.
 *
 * <p>Needs {@code --enable-native-access=io.ffmiser.verbs,io.ffmiser.rdmacm,io.ffmiser.rdma.nativeverbs} (class path: {@code
 * ALL-UNNAMED}).
 */
module io.ffmiser.rdma.nativeverbs {
    requires transitive io.ffmiser.rdma;
    requires io.ffmiser.rdmacm;
    requires io.ffmiser.verbs;
    requires static org.jspecify;
    requires org.slf4j;

    exports io.ffmiser.rdma.nativeverbs;

    provides io.ffmiser.rdma.RdmaProvider with
            io.ffmiser.rdma.nativeverbs.NativeProvider;
}
