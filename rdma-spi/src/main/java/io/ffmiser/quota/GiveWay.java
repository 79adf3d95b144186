package io.ffmiser.quota;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who gives way where peers that have proved nothing wait in few places. They cost their sender nothing, so a newcomer is not refused for
 * them: where its address has as many as one may have it takes the place of that address's oldest; else, where all places are taken, of the
 * oldest of the address that has most.
 */
public final class GiveWay {
    private GiveWay() {}

    /**
     * Who has to go before one more can come; null if there is room, or nobody waits.
     *
     * @param waiting oldest first
     * @param newcomer whose one more is
     * @param isFull whether all places are taken
     * @param mostPerAddress what one address may have
     */
    public static <T> @Nullable T toGo(
            Iterable<T> waiting,
            Function<T, InetAddress> addressOf,
            InetAddress newcomer,
            boolean isFull,
            int mostPerAddress) {
        T oldest = null;
        int count = 0;
        for (T each : waiting) {
            if (addressOf.apply(each).equals(newcomer)) {
                oldest = oldest == null ? each : oldest;
                count++;
            }
        }
        if (count >= mostPerAddress) {
            return oldest;
        }
        return isFull ? oldestOfMost(waiting, addressOf) : null;
    }

    /**
     * The oldest of the address that has most; null if nobody waits.
     *
     * @param waiting oldest first
     */
    public static <T> @Nullable T oldestOfMost(Iterable<T> waiting, Function<T, InetAddress> addressOf) {
        Map<InetAddress, Integer> counts = new HashMap<>();
        int largest = 0;
        for (T each : waiting) {
            largest = Math.max(largest, counts.merge(addressOf.apply(each), 1, Integer::sum));
        }
        for (T each : waiting) {
            if (counts.getOrDefault(addressOf.apply(each), 0) == largest) {
                return each;
            }
        }
        return null;
    }
}
