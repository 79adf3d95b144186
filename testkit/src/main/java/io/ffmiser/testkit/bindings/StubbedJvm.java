package io.ffmiser.testkit.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
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
        ProcessBuilder child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StubbedJvm.class.getName(),
                        method.getDeclaringClass().getName(),
                        method.getName())
                .redirectErrorStream(true);
        child.environment().put("LD_LIBRARY_PATH", libraries(stub).toString());
        Process process = child.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    private static Path libraries(RdmaCoreStub stub) throws IOException, InterruptedException {
        String name = Stream.of(stub.sources())
                .map(source -> "-" + Path.of(source).getFileName())
                .collect(Collectors.joining("", "rdma-core-" + stub.release(), ""));
        Path folder = Path.of("target", "stubs", name).toAbsolutePath();
        synchronized (BUILT) {
            if (BUILT.add(folder)) {
                Files.createDirectories(folder);
                build(folder, IBVERBS, stub, List.of());
                build(folder, RDMACM, stub, List.of("-L" + folder, "-Wl,--no-as-needed", "-l:" + IBVERBS));
            }
        }
        return folder;
    }

    /** The sources are of the library that this module is for. */
    private static void build(Path folder, String soname, RdmaCoreStub stub, List<String> linked)
            throws IOException, InterruptedException {
        Path library = folder.resolve(soname);
        if (stub.release() == 0) {
            Files.writeString(library, "");
            return;
        }
        StringBuilder c = new StringBuilder("#include <errno.h>\n");
        for (String function : functions(soname, stub.release())) {
            c.append("__attribute__((weak)) long " + function + "(void) { errno = ENOSYS; return 0; }\n");
        }
        List<String> command = new ArrayList<>(List.of("gcc", "-Wall", "-Werror", "-shared", "-fPIC", "-o"));
        command.add(library.toString());
        command.add(Files.writeString(folder.resolve(soname + ".c"), c).toString());
        boolean here = Path.of("").toAbsolutePath().endsWith("ffm-rdmacm") == soname.equals(RDMACM);
        command.addAll(here ? List.of(stub.sources()) : List.of());
        command.addAll(linked);
        Programs.output(command.toArray(new String[0]));
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
