package io.ffmiser.verbs.internal;

import java.util.Map;
import java.util.function.Supplier;

/**
 * Since when the libraries have a function (libibverbs.map, librdmacm.map and the packages' symbol files): what is said where the installed library
 * does not have it. The generated classes look a function up at its first use.
 */
public final class Symbols {
    /**
     * @param version of the symbol
     * @param release of rdma-core that brought it
     */
    private record Since(String version, int release) {}

    private static final Since IBVERBS_1_10 = new Since("IBVERBS_1.10", 31);
    private static final Since IBVERBS_1_11 = new Since("IBVERBS_1.11", 32);
    private static final Since IBVERBS_1_13 = new Since("IBVERBS_1.13", 35);
    private static final Since RDMACM_1_2 = new Since("RDMACM_1.2", 23);
    private static final Since RDMACM_1_3 = new Since("RDMACM_1.3", 31);

    /** What came after IBVERBS_1.1 and RDMACM_1.0, which every rdma-core has. */
    private static final Map<String, Since> LATER = Map.ofEntries(
            Map.entry("ibv_get_pkey_index", new Since("IBVERBS_1.5", 20)),
            Map.entry("ibv_qp_to_qp_ex", new Since("IBVERBS_1.6", 24)),
            Map.entry("ibv_reg_mr_iova", new Since("IBVERBS_1.7", 25)),
            Map.entry("ibv_reg_mr_iova2", new Since("IBVERBS_1.8", 28)),
            Map.entry("ibv_get_device_index", new Since("IBVERBS_1.9", 30)),
            Map.entry("ibv_import_device", IBVERBS_1_10),
            Map.entry("ibv_import_mr", IBVERBS_1_10),
            Map.entry("ibv_import_pd", IBVERBS_1_10),
            Map.entry("ibv_query_ece", IBVERBS_1_10),
            Map.entry("ibv_set_ece", IBVERBS_1_10),
            Map.entry("ibv_unimport_mr", IBVERBS_1_10),
            Map.entry("ibv_unimport_pd", IBVERBS_1_10),
            Map.entry("ibv_query_gid_ex", IBVERBS_1_11),
            Map.entry("ibv_query_gid_table", IBVERBS_1_11),
            Map.entry("ibv_reg_dmabuf_mr", new Since("IBVERBS_1.12", 34)),
            Map.entry("ibv_import_dm", IBVERBS_1_13),
            Map.entry("ibv_is_fork_initialized", IBVERBS_1_13),
            Map.entry("ibv_unimport_dm", IBVERBS_1_13),
            Map.entry("ibv_query_qp_data_in_order", new Since("IBVERBS_1.14", 36)),
            Map.entry("rdma_join_multicast_ex", new Since("RDMACM_1.1", 16)),
            Map.entry("rdma_establish", RDMACM_1_2),
            Map.entry("rdma_init_qp_attr", RDMACM_1_2),
            Map.entry("rdma_get_remote_ece", RDMACM_1_3),
            Map.entry("rdma_reject_ece", RDMACM_1_3),
            Map.entry("rdma_set_local_ece", RDMACM_1_3));

    private Symbols() {}

    /**
     * Calls a generated method of a function that may not be there.
     *
     * @throws UnsupportedOperationException where it is not
     * @throws io.ffmiser.verbs.VerbsUnavailableException where the library is not
     */
    public static <T> T call(String function, Supplier<T> generated) {
        try {
            return generated.get();
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            throw absent(function, "this call", e);
        }
    }

    /**
     * What to throw where the generated class of a function could not look it up.
     *
     * @param object what it was to be called for
     */
    static UnsupportedOperationException absent(String function, String object, LinkageError cause) {
        boolean connections = function.startsWith("r"); // rdma_ and the rsockets
        NativeLibrary library = connections ? NativeLibrary.RDMACM : NativeLibrary.IBVERBS;
        library.require();
        Since since = LATER.getOrDefault(function, new Since(connections ? "RDMACM_1.0" : "IBVERBS_1.1", 12));
        return new UnsupportedOperationException(
                function + " (" + since.version() + ") is not in the installed " + library.soname() + ": rdma-core "
                        + since.release() + " and later have it; it was needed for " + object,
                cause);
    }
}
