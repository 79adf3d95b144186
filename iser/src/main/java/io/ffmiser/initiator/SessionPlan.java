package io.ffmiser.initiator;

import io.ffmiser.datamover.iser.IserConnection;
import io.ffmiser.iscsi.login.LoginInitiatorSettings;
import io.ffmiser.iscsi.login.OperationalOffers;
import io.ffmiser.iscsi.login.SessionType;
import io.ffmiser.iscsi.pdu.Isid;
import io.ffmiser.iscsi.session.InitiatorSessionLimits;

/** What follows for the wire from the options of a session. */
final class SessionPlan {
    private static final long MIN_TICK_NANOS = 5_000_000;
    private static final long MAX_TICK_NANOS = 200_000_000;
    private static final int TICKS_PER_LIMIT = 10;

    private SessionPlan() {}

    /** For the log. */
    static String name(SessionOptions options) {
        return options.targetName() + "@" + HostLookup.text(options.portal());
    }

    /** The plan of every login of a session: same ISID, TSIH 0. */
    static LoginAttempt.Plan of(InitiatorOptions initiator, Isid isid, SessionOptions options, int cmdSn) {
        TimeLimits times = options.times();
        DataPolicy data = options.data();
        int sendLength = DataPolicy.MAX_IMMEDIATE_DATA_BYTES;
        OperationalOffers offers = OperationalOffers.builder()
                .initialR2t(!data.unsolicitedDataOut())
                .immediateData(data.immediateDataBytes() > 0)
                .defaultTime2Wait(0)
                .initiatorRecvDataSegmentLength(options.queue().receiveDataSegmentLength())
                .targetRecvDataSegmentLength(sendLength)
                .maxOutstandingUnexpectedPdus(InitiatorSessionLimits.UNEXPECTED)
                .build();
        LoginInitiatorSettings login = new LoginInitiatorSettings(
                initiator.name(),
                initiator.alias().isEmpty() ? null : initiator.alias(),
                options.targetName(),
                SessionType.NORMAL,
                isid,
                0,
                0,
                0,
                cmdSn,
                IserConnection.CAPABILITIES,
                offers,
                false,
                LoginInitiatorSettings.DEFAULT_MAX_EXCHANGES);
        InitiatorSessionLimits limits = new InitiatorSessionLimits(
                options.queue().commandsAtTarget(),
                data.immediateDataBytes(),
                times.command().toNanos(),
                times.taskManagement().toNanos(),
                times.pingAfter().toNanos(),
                times.ping().toNanos(),
                times.logout().toNanos());
        return new LoginAttempt.Plan(
                name(options),
                options.portal(),
                login,
                options.chap() == null ? initiator.chap() : options.chap(),
                limits,
                options.queue().receiveDataSegmentLength(),
                sendLength,
                times);
    }

    /** A tenth of the shortest limit, within reason. */
    static long tickNanos(TimeLimits times) {
        long shortest =
                Math.min(times.command().toNanos(), times.taskManagement().toNanos());
        shortest = Math.min(
                shortest, Math.min(times.ping().toNanos(), times.logout().toNanos()));
        if (!times.pingAfter().isZero()) {
            shortest = Math.min(shortest, times.pingAfter().toNanos());
        }
        return Math.clamp(shortest / TICKS_PER_LIMIT, MIN_TICK_NANOS, MAX_TICK_NANOS);
    }
}
