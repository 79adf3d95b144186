package io.ffmiser.rdmacm;

import io.ffmiser.testkit.bindings.GeneratedBindingsContract;
import java.nio.file.Path;

class GeneratedBindingsTest implements GeneratedBindingsContract {
    @Override
    public String module() {
        return "ffm-rdmacm";
    }

    @Override
    public String genPackage() {
        return "io.ffmiser.rdmacm.gen";
    }

    @Override
    public String entryHeader() {
        return "librdmacm.h";
    }

    @Override
    public Path header() {
        return Path.of("/usr/include/rdma/rdma_cma.h");
    }

    @Override
    public String headerPackage() {
        return "librdmacm-dev";
    }

    @Override
    public int leastTypes() {
        return 25;
    }

    @Override
    public String someClass() {
        return "rdma_cm_id";
    }
}
