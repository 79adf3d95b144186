package io.ffmiser.examples;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.ffmiser.target.TargetOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a target process serves: from a YAML file, or made from flags.
 *
 * <pre>
 * listen: ["127.0.0.1:3260", "[::1]:3260"]
 * provider: iwarp
 * settings: {iwarp.crc: "on"}
 * limits: {maxSessions: 100, discovery: 20s}
 * targets:
 *   - name: iqn.2026-11.io.ffmiser:disks
 *     allow: [iqn.2026-11.io.example:host1]
 *     chap: {user: host1, secretFile: host1.secret, targetUser: disks, targetSecretFile: disks.secret}
 *     luns:
 *       - {lun: 0, file: disk0.img, size: 10G, blockSize: 4096}
 *       - {lun: 1, memory: 256M}
 * </pre>
 *
 * @param listen portals, host:port
 * @param provider the RDMA provider's name
 * @param settings the provider's own settings
 * @param limits the target's bounds, by name
 * @param immediateData false refuses write data in command PDUs, which libiscsi announces and does not send; allowed if left out
 * @param discoveryChap how initiators authenticate in discovery; left out: as for any of the targets
 * @param openDiscovery true lets anybody discover, though targets demand CHAP
 * @param targets at least one
 */
record TargetConfig(
        @Nullable List<String> listen,
        @Nullable String provider,
        @Nullable Map<String, String> settings,
        @Nullable Map<String, String> limits,
        @Nullable Boolean immediateData,
        @Nullable ChapEntry discoveryChap,
        boolean openDiscovery,
        @Nullable List<TargetEntry> targets) {
    private static final String DEFAULT_LISTEN = "127.0.0.1:" + TargetOptions.DEFAULT_PORT;

    /**
     * A target.
     *
     * @param name iqn, eui or naa name
     * @param allow initiator names that may log in; all if left out
     * @param chap how they authenticate; left out: not at all
     * @param maxTransfer the longest transfer of one command on its disks, a size; libiscsi needs 256K
     * @param luns its disks
     */
    record TargetEntry(
            @Nullable String name,
            @Nullable List<String> allow,
            @Nullable ChapEntry chap,
            @Nullable String maxTransfer,
            @Nullable List<LunEntry> luns) {
        List<String> allowOrEmpty() {
            return allow == null ? List.of() : allow;
        }

        List<LunEntry> lunsOrEmpty() {
            return luns == null ? List.of() : luns;
        }
    }

    /**
     * A disk: exactly one of file and memory.
     *
     * @param lun its number, default 0
     * @param file an image file; created (sparse) if it does not exist and a size is given
     * @param memory a size: a disk in memory
     * @param size of a file to create
     * @param blockSize 512 or 4096, default 512
     * @param readOnly default false
     * @param serial its unit serial number; left out: one made from the file's identity, or for memory a new one each time
     */
    record LunEntry(
            int lun,
            @Nullable String file,
            @Nullable String memory,
            @Nullable String size,
            @Nullable Integer blockSize,
            boolean readOnly,
            @Nullable String serial) {
        int blockSizeOrDefault() {
            return blockSize == null ? 512 : blockSize;
        }

        /** For a person: where it is kept. */
        String describe() {
            String place = file != null ? "file " + file : memory + " in memory";
            return place + (readOnly ? ", read-only" : "");
        }
    }

    List<String> listenOrDefault() {
        return listen == null || listen.isEmpty() ? List.of(DEFAULT_LISTEN) : listen;
    }

    String providerOrDefault() {
        return provider == null ? "iwarp" : provider;
    }

    boolean allowsImmediateData() {
        return immediateData == null || immediateData;
    }

    Map<String, String> settingsOrEmpty() {
        return settings == null ? Map.of() : settings;
    }

    Map<String, String> limitsOrEmpty() {
        return limits == null ? Map.of() : limits;
    }

    List<TargetEntry> targetsOrEmpty() {
        return targets == null ? List.of() : targets;
    }

    /**
     * Reads a YAML file.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it is not what is understood; the message has the place
     */
    static TargetConfig read(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper(new YAMLFactory())
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .setDefaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL));
        try {
            TargetConfig config = mapper.readValue(Files.readString(Programs.readable(file)), TargetConfig.class);
            if (config == null) {
                throw new IllegalArgumentException(file + ": empty; see the example in --help");
            }
            return config;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file + place(e) + ": " + what(e), e);
        }
    }

    /** What is wrong, without names of Java classes. */
    private static String what(JsonProcessingException e) {
        return switch (e) {
            case UnrecognizedPropertyException unknown ->
                "Unrecognized field \"" + unknown.getPropertyName() + "\"; there are " + unknown.getKnownPropertyIds();
            case MismatchedInputException mismatch
            when mismatch.getTargetType() != null -> "not " + form(mismatch.getTargetType());
            default -> e.getOriginalMessage();
        };
    }

    private static String form(Class<?> type) {
        if (type == int.class || type == Integer.class) {
            return "a whole number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "a text";
        }
        return List.class.isAssignableFrom(type) ? "a list" : "a mapping of keys to values";
    }

    /** Where it is wrong: the entry, or for a file that is not YAML line and column. */
    private static String place(JsonProcessingException e) {
        boolean isSyntax = e.getCause() instanceof JsonParseException;
        if (!isSyntax
                && e instanceof JsonMappingException mapping
                && !mapping.getPath().isEmpty()) {
            StringBuilder path = new StringBuilder(": ");
            for (JsonMappingException.Reference step : mapping.getPath()) {
                String name = step.getFieldName();
                path.append(name == null ? "[" + step.getIndex() + "]" : "/" + name);
            }
            return path.toString();
        }
        JsonLocation at = e.getLocation();
        return at == null ? "" : ":" + at.getLineNr() + ":" + at.getColumnNr();
    }
}
