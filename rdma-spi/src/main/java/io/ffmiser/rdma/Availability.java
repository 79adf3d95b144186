package io.ffmiser.rdma;

/** Whether a provider works on this machine. */
public sealed interface Availability {
    /** Pollers can be opened. */
    record Available() implements Availability {
        @Override
        public String toString() {
            return "available";
        }
    }

    /**
     * Pollers cannot be opened.
     *
     * @param reason what is missing, such as {@code libibverbs.so.1 not found}
     * @param remedy what to install, load or set
     */
    record Unavailable(String reason, String remedy) implements Availability {
        @Override
        public String toString() {
            return "unavailable: " + reason + "; " + remedy;
        }
    }
}
