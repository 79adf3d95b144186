package io.ffmiser.examples;

import io.ffmiser.target.TargetLimits;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A target's bounds by name, as flags and configuration have them: each is called as {@link TargetLimits} calls it, so that one that is
 * added there can be set here. Counts and sizes are written as {@link ByteSize} is, times as {@code 500ms}, {@code 20s} or {@code 2m}.
 */
final class LimitSettings {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})\\s*(ms|s|m)", Pattern.CASE_INSENSITIVE);

    private LimitSettings() {}

    /**
     * The defaults with these changes.
     *
     * @throws IllegalArgumentException for a name or a value that makes no sense; the message says which do
     */
    static TargetLimits parse(Map<String, String> named) {
        Map<String, String> left = new LinkedHashMap<>(named);
        RecordComponent[] limits = TargetLimits.class.getRecordComponents();
        Object[] values = new Object[limits.length];
        for (int i = 0; i < limits.length; i++) {
            String text = left.remove(limits[i].getName());
            values[i] = text == null ? defaultOf(limits[i]) : value(limits[i], text);
        }
        if (!left.isEmpty()) {
            String names = Arrays.stream(limits).map(RecordComponent::getName).collect(Collectors.joining(", "));
            throw new IllegalArgumentException(
                    "no limit is named " + String.join(", ", left.keySet()) + "; there are " + names);
        }
        return make(limits, values);
    }

    private static TargetLimits make(RecordComponent[] limits, Object[] values) {
        Class<?>[] types = Arrays.stream(limits).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return TargetLimits.class.getConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            Throwable refusal = e.getCause();
            throw new IllegalArgumentException("limits: " + (refusal == null ? e : refusal.getMessage()), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record has its canonical constructor", e);
        }
    }

    private static Object defaultOf(RecordComponent limit) {
        try {
            return limit.getAccessor().invoke(TargetLimits.DEFAULT);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record has its accessors", e);
        }
    }

    private static Object value(RecordComponent limit, String text) {
        try {
            if (limit.getType() == Duration.class) {
                return time(text);
            }
            long number = ByteSize.parse(text).bytes();
            if (limit.getType() == long.class) {
                return number;
            }
            return Math.toIntExact(number);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("limit " + limit.getName() + ": '" + text + "' is too large", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("limit " + limit.getName() + ": " + e.getMessage(), e);
        }
    }

    private static Duration time(String text) {
        Matcher matcher = TIME.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a time; write 500ms, 20s or 2m");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            default -> Duration.ofMinutes(number);
        };
    }
}
