package io.ffmiser.scsi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The mode pages of a disk: caching (SBC-3 section 6.5.5), control (SPC-4 section 7.5.8) and informational exceptions control (SPC-4
 * section 7.5.11). What can be changed is WCE, where the store has a cache, and D_SENSE.
 */
final class ModePages {
    static final int CACHING = 0x08;
    static final int CONTROL = 0x0A;
    static final int INFORMATIONAL_EXCEPTIONS = 0x1C;
    static final int ALL = 0x3F;
    private static final int[] CODES = {CACHING, CONTROL, INFORMATIONAL_EXCEPTIONS};

    /** PC values (SPC-4 section 6.11.2). */
    static final int CURRENT = 0;

    static final int CHANGEABLE = 1;
    static final int DEFAULT = 2;
    static final int SAVED = 3;

    private static final int WRITE_CACHE_ENABLE = 0x04;
    private static final int DESCRIPTOR_SENSE = 0x04;
    /** TST 001b: see {@link TaskSet}. */
    private static final int TASK_SET_PER_NEXUS = 0x20;

    private final Disk disk;

    ModePages(Disk disk) {
        this.disk = disk;
    }

    /** The pages that a code names, or null for a page that is not there. */
    byte @Nullable [] pages(int code, int pageControl) {
        if (code != ALL) {
            return page(code, pageControl);
        }
        byte[] whole = new byte[64];
        int length = 0;
        for (int each : CODES) {
            byte[] page = page(each, pageControl);
            if (page != null) {
                System.arraycopy(page, 0, whole, length, page.length);
                length += page.length;
            }
        }
        return Arrays.copyOf(whole, length);
    }

    byte @Nullable [] page(int code, int pageControl) {
        return switch (code) {
            case CACHING -> caching(pageControl);
            case CONTROL -> control(pageControl);
            case INFORMATIONAL_EXCEPTIONS -> informationalExceptions(pageControl);
            default -> null;
        };
    }

    private byte[] caching(int pageControl) {
        byte[] page = new byte[20];
        page[0] = CACHING;
        page[1] = 18;
        boolean bit = switch (pageControl) {
            case CHANGEABLE -> disk.store.hasVolatileCache();
            case DEFAULT -> disk.defaultWriteCache();
            default -> disk.writeCache;
        };
        if (bit) {
            page[2] = WRITE_CACHE_ENABLE;
        }
        return page;
    }

    private byte[] control(int pageControl) {
        byte[] page = new byte[12];
        page[0] = CONTROL;
        page[1] = 10;
        if (pageControl == CHANGEABLE || (pageControl == CURRENT && disk.descriptorSense)) {
            page[2] = DESCRIPTOR_SENSE;
        }
        if (pageControl != CHANGEABLE) {
            page[2] |= TASK_SET_PER_NEXUS;
            // QUEUE ALGORITHM MODIFIER 1: simple tasks run in any order.
            page[3] = 0x10;
            // BUSY TIMEOUT PERIOD: unlimited.
            Cdb.put16(page, 8, 0xFFFF);
        }
        return page;
    }

    private static byte[] informationalExceptions(int pageControl) {
        byte[] page = new byte[12];
        page[0] = INFORMATIONAL_EXCEPTIONS;
        page[1] = 10;
        if (pageControl != CHANGEABLE) {
            // DEXCPT: none are reported.
            page[2] = 0x08;
        }
        return page;
    }

    /**
     * Checks a page of a parameter list.
     *
     * @return the first octet of the page that may not be as it is, or -1
     */
    int firstWrongOctet(byte[] list, int at) {
        int code = list[at] & 0x3F;
        byte[] current = page(code, CURRENT);
        byte[] changeable = page(code, CHANGEABLE);
        // SPF: there are no subpages.
        if (current == null || changeable == null || (list[at] & 0x40) != 0) {
            return 0;
        }
        if (list[at + 1] != current[1]) {
            return 1;
        }
        for (int i = 2; i < current.length && at + i < list.length; i++) {
            if (((list[at + i] ^ current[i]) & ~changeable[i]) != 0) {
                return i;
            }
        }
        return -1;
    }

    /** Takes a checked page over. */
    void apply(byte[] list, int at) {
        switch (list[at] & 0x3F) {
            case CACHING -> disk.writeCache = (list[at + 2] & WRITE_CACHE_ENABLE) != 0;
            case CONTROL -> disk.descriptorSense = (list[at + 2] & DESCRIPTOR_SENSE) != 0;
            default -> {
                // Nothing in it can be changed.
            }
        }
    }
}
