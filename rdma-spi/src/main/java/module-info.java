/** The RDMA that an upper-layer protocol needs, as small interfaces; providers are found with {@link java.util.ServiceLoader}. */
@SuppressWarnings("module") // the providers are built after this one
module io.ffmiser.rdma {
    requires static org.jspecify;

    exports io.ffmiser.quota to
            io.ffmiser.iser,
            io.ffmiser.iwarp,
            io.ffmiser.rdma.nativeverbs;
    exports io.ffmiser.rdma;
    exports io.ffmiser.rdma.provider to
            io.ffmiser.iwarp,
            io.ffmiser.rdma.nativeverbs;

    uses io.ffmiser.rdma.RdmaProvider;
}
