package io.ffmiser.testkit.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Compares the files of a {@code gen} package with the checksums that the generator wrote. */
public final class GeneratedSources {
    private GeneratedSources() {}

    /**
     * What differs.
     *
     * @param sums the generator's list, as sha256sum(1) writes it
     * @param folder the package's sources
     * @return one line a file that was changed, added or taken away; empty when all is as generated
     */
    public static List<String> differences(Path sums, Path folder) throws IOException {
        Map<String, String> listed = new TreeMap<>();
        for (String line : Files.readAllLines(sums)) {
            String[] sumAndName = line.split(" {2}", 2);
            listed.put(sumAndName[1], sumAndName[0]);
        }
        List<String> differences = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                String sum = listed.remove(name);
                if (sum == null) {
                    differences.add(name + " was not generated");
                } else if (!sum.equals(sha256(file))) {
                    differences.add(name + " was edited");
                }
            }
        }
        listed.keySet().forEach(name -> differences.add(name + " is missing"));
        return differences;
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
