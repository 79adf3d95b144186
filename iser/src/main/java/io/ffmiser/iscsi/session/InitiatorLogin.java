package io.ffmiser.iscsi.session;

import io.ffmiser.datamover.ConnectionResources;
import io.ffmiser.datamover.InitiatorDatamover;
import io.ffmiser.datamover.LoginChannel;
import io.ffmiser.iscsi.login.LoginAction;
import io.ffmiser.iscsi.login.LoginFailure;
import io.ffmiser.iscsi.login.LoginInitiator;
import io.ffmiser.iscsi.login.LoginResult;
import org.jspecify.annotations.Nullable;

/**
 * Takes a connection through the Login Phase: carries the state machine's PDUs, and prepares the datamover at the right moments (RFC
 * 7145 section 5.1.1: resources before the request that asks for full feature phase). The time limit, and closing a connection whose
 * login failed, are the owner's.
 */
public final class InitiatorLogin implements LoginChannel.Listener {
    /** Learns when the login begins and how it ended: {@link #opened} may be called, then one of the others, once. */
    public interface Listener {
        /** The connection is up, and the Login Phase begins. */
        void opened();

        /** The datamover is enabled: {@link InitiatorSession#begin}. */
        void loggedIn(LoginResult result);

        /**
         * Full feature phase was not reached.
         *
         * @param failure what the state machine found; null if the connection ended
         */
        void loginFailed(String reason, @Nullable LoginFailure failure);
    }

    private final LoginInitiator machine;
    private final LoginChannel channel;
    private final InitiatorDatamover datamover;
    private final ConnectionResources resources;
    private final Listener listener;
    private boolean over;

    public InitiatorLogin(
            LoginInitiator machine,
            LoginChannel channel,
            InitiatorDatamover datamover,
            ConnectionResources resources,
            Listener listener) {
        this.machine = machine;
        this.channel = channel;
        this.datamover = datamover;
        this.resources = resources;
        this.listener = listener;
    }

    /** Stops it: no method of the listener is called any more. */
    public void cancel() {
        over = true;
    }

    @Override
    public void loginChannelOpened() {
        if (!over) {
            listener.opened();
            act(machine.start());
        }
    }

    @Override
    public void loginPdu(byte[] pdu) {
        if (!over) {
            act(machine.receive(pdu));
        }
    }

    @Override
    public void loginChannelClosed(String reason) {
        if (!over) {
            over = true;
            listener.loginFailed(reason, null);
        }
    }

    private void act(LoginAction first) {
        LoginAction action = first;
        while (action instanceof LoginAction.AllocateResources) {
            action = datamover.allocateConnectionResources(resources)
                    ? machine.resourcesAllocated()
                    : machine.resourcesRefused("no resources for full feature phase on this side");
        }
        switch (action) {
            case LoginAction.Send send -> channel.sendLogin(send.pdu());
            case LoginAction.Complete complete -> {
                over = true;
                datamover.noticeKeyValues(complete.result().parameters().toNegotiatedKeys());
                datamover.enableDatamover();
                listener.loggedIn(complete.result());
            }
            case LoginAction.Fail fail -> {
                over = true;
                datamover.deallocateConnectionResources();
                listener.loginFailed(fail.failure().reason(), fail.failure());
            }
            case LoginAction.AllocateResources again -> throw new AssertionError(again);
        }
    }
}
