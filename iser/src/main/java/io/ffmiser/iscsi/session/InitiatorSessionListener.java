package io.ffmiser.iscsi.session;

/** What an {@link InitiatorSession} tells its owner, on the poller's thread. */
public interface InitiatorSessionListener {
    /**
     * The target asks for a logout (Async Message, event 1): finish what runs, log out.
     *
     * @param seconds it will wait
     */
    void logoutRequested(int seconds);

    /** The target warns that it will drop the connection or the session; come back no earlier than after that. */
    void dropAnnounced(int time2WaitSeconds);

    /** The session is ending: nothing may be submitted to it any more. Tasks that are not done follow, each to its owner, then {@link #ended}. */
    void ending(String reason);

    /**
     * The session has ended, all its tasks are back.
     *
     * @param loggedOut whether by a logout that the target confirmed
     */
    void ended(boolean loggedOut, String reason);
}
