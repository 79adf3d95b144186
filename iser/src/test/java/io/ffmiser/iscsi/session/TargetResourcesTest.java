package io.ffmiser.iscsi.session;

import static io.ffmiser.iscsi.session.BareTarget.CAPACITY;
import static io.ffmiser.iscsi.session.BareTarget.WINDOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.iscsi.login.NegotiatedParameters;
import io.ffmiser.iscsi.login.SessionType;
import org.junit.jupiter.api.Test;

/**
 * RFC 7145 section 8.1: there is a receive for each command that the window admits, for the unsolicited Data-Out that may follow it, for
 * each immediate request, and for what the initiator may send beside.
 */
class TargetResourcesTest {
    private static TargetSessionSettings settings(int window, int largest, int immediates, int receives) {
        return new TargetSessionSettings(window, largest, immediates, receives, 4096, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    }

    private static NegotiatedParameters parameters(boolean initialR2t, int firstBurst, int segment) {
        return new NegotiatedParameters(
                SessionType.NORMAL,
                true,
                false,
                false,
                initialR2t,
                true,
                262144,
                firstBurst,
                2,
                0,
                1,
                1,
                true,
                true,
                0,
                1024,
                segment,
                0,
                0,
                0,
                true,
                false);
    }

    @Test
    void shouldCountAPartlyFilledPdu_whenFirstBurstIsNoMultipleOfTheSegment() {
        int[][] bursts = {{512, 1}, {8191, 1}, {8192, 1}, {8193, 2}, {16384, 2}, {16385, 3}};
        for (int[] burst : bursts) {
            assertEquals(burst[1], TargetResources.unsolicitedPdus(parameters(false, burst[0], 8192)), "" + burst[0]);
            assertEquals(1 + burst[1], TargetResources.receivesPerCommand(parameters(false, burst[0], 8192)));
        }
    }

    @Test
    void shouldCountTheCommandAlone_whenNothingComesUnsolicited() {
        assertEquals(0, TargetResources.unsolicitedPdus(parameters(true, 65536, 8192)));
        assertEquals(1, TargetResources.receivesPerCommand(parameters(true, 65536, 8192)));
    }

    @Test
    void shouldKeepReceivesForImmediatesAndSpares_whenTheWindowIsLargest() {
        // A command with three receives of its own: 4 immediates, 2 spare, and what is left of 30 are 24.
        TargetSessionSettings settings = settings(4, 1000, 4, 30);

        assertEquals(8, TargetResources.largestWindow(settings, parameters(false, 16384, 8192)));
        assertEquals(24, TargetResources.largestWindow(settings, parameters(true, 16384, 8192)));
        // An octet more than two PDUs hold costs each command a receive.
        assertEquals(6, TargetResources.largestWindow(settings, parameters(false, 16385, 8192)));
    }

    @Test
    void shouldNeverPromiseMoreThanIsSet_whenReceivesAreMany() {
        TargetSessionSettings settings = settings(4, 10, 2, 1000);

        assertEquals(10, TargetResources.largestWindow(settings, parameters(true, 0, 8192)));
        assertEquals(4, TargetResources.commandWindow(settings, parameters(true, 0, 8192)));
    }

    @Test
    void shouldTakeOneCommand_whenReceivesAreFew() {
        TargetSessionSettings settings = settings(4, 10, 2, 5);

        assertEquals(1, TargetResources.largestWindow(settings, parameters(false, 65536, 512)));
        assertEquals(1, TargetResources.commandWindow(settings, parameters(false, 65536, 512)));
    }

    @Test
    void shouldFitTheBudget_whenTheWindowHasGrownToItsLargest() {
        for (int receives = 8; receives < 200; receives += 7) {
            for (int firstBurst = 1024; firstBurst <= 65536; firstBurst += 1000) {
                TargetSessionSettings settings = settings(8, 128, 3, receives);
                NegotiatedParameters parameters = parameters(false, firstBurst, 8192);
                int window = TargetResources.largestWindow(settings, parameters);
                int needed = window * TargetResources.receivesPerCommand(parameters) + 3 + 2;

                assertTrue(window == 1 || needed <= receives, window + " commands in " + receives);
                assertTrue(window == 128 || needed + TargetResources.receivesPerCommand(parameters) > receives);
            }
        }
    }

    @Test
    void shouldNameTheMost_whenNothingIsNegotiatedYet() {
        TargetSessionSettings settings = settings(8, 128, 3, 300);

        assertEquals(
                new ConnectionResources(128 + 3, 300, 65536, 2 * (8 + 3), 4096),
                TargetResources.most(settings, false, 65536));
        assertEquals(
                new ConnectionResources(
                        1, 3 + 2, LoginChannel.MAX_DATA_SEGMENT_LENGTH, 2, LoginChannel.MAX_DATA_SEGMENT_LENGTH),
                TargetResources.most(settings, true, 65536));
    }

    @Test
    void shouldHaveReceivesForImmediatesAndSpares_whenASessionBegins() {
        // Two immediates and two spare beside the window; each command alone, as nothing comes unsolicited.
        TargetSession session = new BareTarget().session;
        ConnectionResources resources =
                TargetResources.of(BareTarget.settings(), session, BareTarget.parameters(SessionType.NORMAL));

        assertEquals(new ConnectionResources(WINDOW + 2, WINDOW + 2 + 2, 1024, 2 * (WINDOW + 2), CAPACITY), resources);
        assertEquals(
                2 + 2,
                TargetResources.of(
                                BareTarget.settings(),
                                new BareTarget(SessionType.DISCOVERY).session,
                                BareTarget.parameters(SessionType.DISCOVERY))
                        .receives());
    }
}
