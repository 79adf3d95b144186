package io.ffmiser.verbs;

import io.ffmiser.testkit.bindings.GeneratedBindingsContract;
import java.nio.file.Path;

class GeneratedBindingsTest implements GeneratedBindingsContract {
    @Override
    public String module() {
        return "ffm-verbs";
    }

    @Override
    public String genPackage() {
        return "io.ffmiser.verbs.gen";
    }

    @Override
    public String entryHeader() {
        return "libibverbs.h";
    }

    @Override
    public Path header() {
        return Path.of("/usr/include/infiniband/verbs.h");
    }

    @Override
    public String headerPackage() {
        return "libibverbs-dev";
    }

    @Override
    public int leastTypes() {
        return 100;
    }

    @Override
    public String someClass() {
        return "ibv_qp";
    }
}
