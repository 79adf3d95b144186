package io.ffmiser.sim;

import io.ffmiser.testkit.sim.SimRandom;

/**
 * What goes wrong at a disk. A write that fails may have been carried out in part.
 *
 * @param errorsPerMillion so many operations fail
 * @param slowPerMillion so many take up to {@code slowNanos}
 * @param slowNanos in virtual time
 * @param readOnly whether it is write-protected
 */
record DiskFaults(int errorsPerMillion, int slowPerMillion, long slowNanos, boolean readOnly) {
    static final DiskFaults NONE = new DiskFaults(0, 0, 0, false);
    static final DiskFaults READ_ONLY = new DiskFaults(0, 0, 0, true);

    static DiskFaults drawn(SimRandom random) {
        return switch (random.nextInt(8)) {
            case 0 -> READ_ONLY;
            case 1 -> new DiskFaults(5_000 + random.nextInt(50_000), 0, 0, false);
            case 2 -> new DiskFaults(0, 2_000 + random.nextInt(20_000), 1_000_000L << random.nextInt(12), false);
            case 3 -> new DiskFaults(5_000, 5_000, 50_000_000, false);
            default -> NONE;
        };
    }

    @Override
    public String toString() {
        return equals(NONE)
                ? "a good disk"
                : readOnly
                        ? "a write-protected disk"
                        : "a disk with " + errorsPerMillion + " errors and " + slowPerMillion + " waits of up to "
                                + slowNanos / 1_000_000 + " ms in a million";
    }
}
