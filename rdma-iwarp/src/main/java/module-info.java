/** Software iWARP in pure Java: MPA, DDP and RDMAP over TCP, behind the RDMA service provider interface. */
module io.ffmiser.iwarp {
    requires transitive io.ffmiser.rdma;
    requires static org.jspecify;
    requires org.slf4j;

    exports io.ffmiser.iwarp;

    provides io.ffmiser.rdma.RdmaProvider with
            io.ffmiser.iwarp.IwarpProvider;
}
