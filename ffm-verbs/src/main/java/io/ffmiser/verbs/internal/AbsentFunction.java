package io.ffmiser.verbs.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/**
 * What is said of a function that the installed rdma-core does not have: its symbol version, and the rdma-core that has it. Both are of the table
 * that {@code native-headers/functions} reads from the version scripts of the releases.
 */
final class AbsentFunction {
    private static final String TABLE = "functions";

    private AbsentFunction() {}

    /**
     * The exception for it.
     *
     * @param function such as {@code ibv_reg_mr_ex}
     */
    static UnsupportedOperationException of(String function) {
        return new UnsupportedOperationException(message(function));
    }

    /** As {@link #of(String)}, where its lookup has failed before. */
    static UnsupportedOperationException of(String function, Throwable cause) {
        return new UnsupportedOperationException(message(function), cause);
    }

    private static String message(String function) {
        return row(function)
                .map(row -> row[0] + " has no " + row[1] + "@" + row[2] + ": it came with rdma-core " + row[3])
                .orElse("no known rdma-core exports " + function);
    }

    /** Its row: library, function, symbol version, first release. What verbs.h has inline calls an export with a line before its name. */
    private static Optional<String[]> row(String function) {
        try (InputStream table = Objects.requireNonNull(AbsentFunction.class.getResourceAsStream(TABLE));
                BufferedReader lines = new BufferedReader(new InputStreamReader(table, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(line -> line.split(" ", -1))
                    .filter(row -> row.length == 4 && (row[1].equals(function) || row[1].equals("_" + function)))
                    .findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
