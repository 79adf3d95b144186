package io.ffmiser.testkit.bindings;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ffmiser.testkit.child.ChildJvm;
import io.ffmiser.testkit.child.StubLibraries;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Runs a test where rdma-core is a {@link RdmaCoreStub}. */
public final class StubbedJvm implements InvocationInterceptor {
    private static final Path TABLE = Path.of("../ffm-verbs/src/main/resources/io/ffmiser/verbs/internal/functions");
    private static final String IBVERBS = "libibverbs.so.1";
    private static final String RDMACM = "librdmacm.so.1";
    private static final Set<Path> BUILT = new HashSet<>();

    /** The child's: runs one test method. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Class<?> type = Class.forName(arguments[0]);
        Constructor<?> constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        Method method = type.getDeclaredMethod(arguments[1]);
        method.setAccessible(true);
        try {
            method.invoke(constructor.newInstance());
        } catch (InvocationTargetException e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> invocationContext,
            ExtensionContext extensionContext)
            throws Throwable {
        invocation.skip();
        Method method = invocationContext.getExecutable();
        RdmaCoreStub stub = method.getAnnotation(RdmaCoreStub.class);
        if (stub == null) {
            stub = Objects.requireNonNull(method.getDeclaringClass().getAnnotation(RdmaCoreStub.class));
        }
        assumeTrue(Programs.exists("gcc"), "gcc is not installed");
        ChildJvm.run(
                StubbedJvm.class,
                libraries(stub).environment(),
                List.of(),
                method.getDeclaringClass().getName(),
                method.getName());
    }

    private static StubLibraries libraries(RdmaCoreStub stub) throws IOException, InterruptedException {
        String name = Stream.of(stub.sources())
                .map(source -> "-" + Path.of(source).getFileName())
                .collect(Collectors.joining("", "rdma-core-" + stub.release(), ""));
        Path folder = Path.of("target", "stubs", name).toAbsolutePath();
        StubLibraries libraries = new StubLibraries(folder);
        synchronized (BUILT) {
            if (BUILT.add(folder)) {
                build(libraries, folder, IBVERBS, stub);
                build(libraries, folder, RDMACM, stub, "-L" + folder, "-Wl,--no-as-needed", "-l:" + IBVERBS);
            }
        }
        return libraries;
    }

    /** The sources are of the library that this module is for. */
    private static void build(StubLibraries libraries, Path folder, String soname, RdmaCoreStub stub, String... linked)
            throws IOException, InterruptedException {
        if (stub.release() == 0) {
            libraries.without(soname);
            return;
        }
        StringBuilder c = new StringBuilder("#include <errno.h>\n");
        for (String function : functions(soname, stub.release())) {
            c.append("__attribute__((weak)) long " + function + "(void) { errno = ENOSYS; return 0; }\n");
        }
        List<Path> sources = new ArrayList<>(List.of(Files.writeString(folder.resolve(soname + ".c"), c)));
        if (Path.of("").toAbsolutePath().endsWith("ffm-rdmacm") == soname.equals(RDMACM)) {
            Stream.of(stub.sources()).map(Path::of).forEach(sources::add);
        }
        libraries.build(soname, sources, linked);
    }

    /** What a library exports in a release. */
    public static List<String> functions(String soname, int release) throws IOException {
        try (Stream<String> lines = Files.lines(TABLE)) {
            return lines.map(line -> line.split(" ", -1))
                    .filter(row -> row[0].equals(soname) && Integer.parseInt(row[3]) <= release)
                    .map(row -> row[1])
                    .toList();
        }
    }
}
