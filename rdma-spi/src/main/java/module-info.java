/** The RDMA that an upper-layer protocol needs, as small interfaces; providers are found with {@link java.util.ServiceLoader}. */
module io.ffmiser.rdma {
    requires static org.jspecify;

    exports io.ffmiser.rdma;

    uses io.ffmiser.rdma.RdmaProvider;
}
