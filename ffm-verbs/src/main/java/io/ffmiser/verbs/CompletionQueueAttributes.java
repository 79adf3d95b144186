package io.ffmiser.verbs;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link ExtendedCompletionQueue} is created with (struct ibv_cq_init_attr_ex, ibv_create_cq_ex(3)).
 *
 * @param entries how many completions it must hold
 * @param channel where its events go, or null
 * @param completionVector which of the device's interrupts
 * @param fields what it keeps of each completion
 * @param flags how it is used
 * @param parentDomain whose allocators and locking rules hold, or null
 */
public record CompletionQueueAttributes(
        int entries,
        @Nullable CompletionChannel channel,
        int completionVector,
        Set<CompletionField> fields,
        Set<Flag> flags,
        @Nullable ProtectionDomain parentDomain) {

    /** A promise or a wish (enum ibv_create_cq_attr_flags). */
    public enum Flag implements NativeConstant {
        /** One thread uses it at a time: no locks are needed. */
        SINGLE_THREADED(1),
        /** It is never overrun: the device need not look. */
        IGNORE_OVERRUN(2);

        private final int value;

        Flag(int value) {
            this.value = value;
        }

        @Override
        public long value() {
            return value;
        }
    }

    /** Copies the sets. */
    public CompletionQueueAttributes {
        fields = Set.copyOf(fields);
        flags = Set.copyOf(flags);
    }

    /** A queue without events that keeps the fields of a plain completion. */
    public static CompletionQueueAttributes of(int entries) {
        return new CompletionQueueAttributes(
                entries,
                null,
                0,
                EnumSet.range(CompletionField.BYTE_LEN, CompletionField.DLID_PATH_BITS),
                Set.of(),
                null);
    }

    /** The same with other fields. */
    public CompletionQueueAttributes withFields(Set<CompletionField> kept) {
        return new CompletionQueueAttributes(entries, channel, completionVector, kept, flags, parentDomain);
    }

    /** The same with events. */
    public CompletionQueueAttributes withChannel(CompletionChannel events, int vector) {
        return new CompletionQueueAttributes(entries, events, vector, fields, flags, parentDomain);
    }

    /** The same with other flags. */
    public CompletionQueueAttributes withFlags(Set<Flag> others) {
        return new CompletionQueueAttributes(entries, channel, completionVector, fields, others, parentDomain);
    }
}
