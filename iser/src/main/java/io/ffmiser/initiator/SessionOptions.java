package io.ffmiser.initiator;

import io.ffmiser.chap.InitiatorChap;
import io.ffmiser.iscsi.text.IscsiName;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where to log in, and the bounds of the session.
 *
 * @param portal address and port of the target's portal. Of one that is {@linkplain InetSocketAddress#createUnresolved not resolved}, the
 *     addresses of its host are asked for at each login, without blocking, and up to 16 of them are tried in the system's order
 * @param targetName its iSCSI name; as {@link InitiatorOptions#name}
 * @param queue how much may be outstanding
 * @param times how long things may take
 * @param data how write data travels
 * @param reconnect what happens after the connection is lost
 * @param chap how the initiator and the target authenticate; null for what {@link InitiatorOptions#chap} says
 */
public record SessionOptions(
        InetSocketAddress portal,
        String targetName,
        QueueLimits queue,
        TimeLimits times,
        DataPolicy data,
        ReconnectPolicy reconnect,
        @Nullable InitiatorChap chap) {
    public SessionOptions {
        IscsiName.require(targetName);
    }

    /** A session with the default bounds. */
    public static SessionOptions of(InetSocketAddress portal, String targetName) {
        return new SessionOptions(
                portal,
                targetName,
                QueueLimits.DEFAULT,
                TimeLimits.DEFAULT,
                DataPolicy.DEFAULT,
                ReconnectPolicy.DEFAULT,
                null);
    }

    /** A session with the target that the URL names. */
    public static SessionOptions of(IserUrl url) {
        return of(url.portal(), url.targetName());
    }

    public SessionOptions withQueue(QueueLimits newQueue) {
        return new SessionOptions(portal, targetName, newQueue, times, data, reconnect, chap);
    }

    public SessionOptions withTimes(TimeLimits newTimes) {
        return new SessionOptions(portal, targetName, queue, newTimes, data, reconnect, chap);
    }

    public SessionOptions withData(DataPolicy newData) {
        return new SessionOptions(portal, targetName, queue, times, newData, reconnect, chap);
    }

    public SessionOptions withReconnect(ReconnectPolicy newReconnect) {
        return new SessionOptions(portal, targetName, queue, times, data, newReconnect, chap);
    }

    public SessionOptions withChap(InitiatorChap newChap) {
        return new SessionOptions(portal, targetName, queue, times, data, reconnect, newChap);
    }
}
