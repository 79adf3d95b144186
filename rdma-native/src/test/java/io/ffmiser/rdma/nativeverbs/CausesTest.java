package io.ffmiser.rdma.nativeverbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.ffmiser.rdma.DisconnectCause;
import io.ffmiser.rdma.WorkStatus;
import io.ffmiser.verbs.WorkCompletionStatus;
import org.junit.jupiter.api.Test;

class CausesTest {
    @Test
    void shouldTellThemApart_whenAPeerIsGoneAndWhenItIsNotReady() {
        WorkStatus gone = Causes.status(WorkCompletionStatus.RETRY_EXC_ERR);
        WorkStatus notReady = Causes.status(WorkCompletionStatus.RNR_RETRY_EXC_ERR);

        assertEquals(WorkStatus.RETRY_EXCEEDED, gone);
        assertEquals(WorkStatus.RNR_RETRY_EXCEEDED, notReady);
        assertInstanceOf(DisconnectCause.TransportLost.class, Causes.of(gone, false, false, ""));
        DisconnectCause cause = Causes.of(notReady, false, false, "");
        assertInstanceOf(DisconnectCause.RemoteError.class, cause);
        assertTrue(cause.message().contains("no receive posted"), cause::message);
    }
}
