package io.ffmiser.verbs;

import java.util.Arrays;
import java.util.List;

/**
 * Misuses the binding on purpose, in a JVM that it may end: runs the cases of one or more {@link Row}s and prints what came of each, before the next
 * one begins. {@link MisuseTest} reads it. The device is the library of {@code src/test/c/strict}.
 */
final class MisuseProgram {
    private MisuseProgram() {}

    /** What is done, and may throw anything. */
    interface Action {
        void run() throws Throwable;
    }

    /**
     * One misuse.
     *
     * @param name what is done
     * @param expected what must be thrown
     * @param says what its message must contain
     */
    record Case(String name, Class<? extends Throwable> expected, String says, Action action) {
        static Case state(String name, String says, Action action) {
            return new Case(name, IllegalStateException.class, says, action);
        }

        static Case argument(String name, String says, Action action) {
            return new Case(name, IllegalArgumentException.class, says, action);
        }

        /** Null when it went as it must. */
        private String fault() {
            try {
                action.run();
                return "was not refused";
            } catch (Throwable e) {
                boolean right =
                        expected.isInstance(e) && String.valueOf(e.getMessage()).contains(says);
                if (!right) {
                    e.printStackTrace(); // to the report of the test
                }
                return right ? "" : "ended in " + e;
            }
        }
    }

    /** Cases that do not disturb each other. Made by its constructor without arguments. */
    interface Row {
        List<Case> cases();
    }

    /** The names of rows, and then of single cases where not all are wanted. */
    public static void main(String[] args) throws ReflectiveOperationException {
        List<String> only =
                Arrays.stream(args).filter(arg -> !arg.startsWith("io.")).toList();
        for (String arg : args) {
            if (arg.startsWith("io.")) {
                Row row = Class.forName(arg)
                        .asSubclass(Row.class)
                        .getDeclaredConstructor()
                        .newInstance();
                for (Case one : row.cases()) {
                    if (only.isEmpty() || only.contains(one.name())) {
                        System.out.println("begin " + one.name());
                        String fault = one.fault();
                        System.out.println(fault.isEmpty() ? "refused" : "fault " + one.name() + ": " + fault);
                    }
                }
            }
        }
        System.out.println("end");
        System.exit(0); // also where a case has left a thread behind
    }
}
