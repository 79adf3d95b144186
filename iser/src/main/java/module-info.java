/** iSER initiator and target: SCSI, iSCSI and the datamovers. */
module io.ffmiser.iser {
    requires transitive io.ffmiser.rdma;
    requires static org.jspecify;
    requires org.slf4j;
    requires jdk.jfr;
    requires static jdk.management; // what the process has; without it less is known

    exports io.ffmiser.chap;
    exports io.ffmiser.initiator;
    exports io.ffmiser.scsi;
    exports io.ffmiser.store;
    exports io.ffmiser.target;
    exports io.ffmiser.text;

    uses io.ffmiser.rdma.RdmaProvider;
}
