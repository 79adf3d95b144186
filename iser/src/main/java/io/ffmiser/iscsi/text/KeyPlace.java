package io.ffmiser.iscsi.text;

import io.ffmiser.iscsi.text.TextKey.Senders;
import io.ffmiser.iscsi.text.TextKey.Stage;
import io.ffmiser.iscsi.text.TextKey.Use;

/**
 * Where and when a key may be sent (RFC 7143 section 13, its Use and Senders).
 *
 * @param use when it may be negotiated
 * @param stage in which stage of login
 * @param senders who may send it first
 */
record KeyPlace(TextKey.Use use, TextKey.Stage stage, TextKey.Senders senders) {
    static final KeyPlace LEADING = new KeyPlace(Use.LEADING_ONLY, Stage.OPERATIONAL, Senders.BOTH);
    static final KeyPlace LEADING_BY_INITIATOR = new KeyPlace(Use.LEADING_ONLY, Stage.OPERATIONAL, Senders.INITIATOR);
    static final KeyPlace INITIAL = new KeyPlace(Use.INITIALIZE_ONLY, Stage.OPERATIONAL, Senders.BOTH);
    static final KeyPlace SECURITY = new KeyPlace(Use.INITIALIZE_ONLY, Stage.SECURITY, Senders.BOTH);
    static final KeyPlace ALWAYS = new KeyPlace(Use.ALL, Stage.OPERATIONAL, Senders.BOTH);
    static final KeyPlace NAME_BY_INITIATOR = new KeyPlace(Use.INITIALIZE_ONLY, Stage.ANY, Senders.INITIATOR);
    static final KeyPlace NAME = new KeyPlace(Use.INITIALIZE_ONLY, Stage.ANY, Senders.BOTH);
    static final KeyPlace NAME_BY_TARGET = new KeyPlace(Use.INITIALIZE_ONLY, Stage.ANY, Senders.TARGET);
    static final KeyPlace ALIAS_BY_INITIATOR = new KeyPlace(Use.ALL, Stage.ANY, Senders.INITIATOR);
    static final KeyPlace ALIAS_BY_TARGET = new KeyPlace(Use.ALL, Stage.ANY, Senders.TARGET);
    static final KeyPlace LEADING_NAME_BY_INITIATOR = new KeyPlace(Use.LEADING_ONLY, Stage.ANY, Senders.INITIATOR);
    static final KeyPlace FULL_FEATURE = new KeyPlace(Use.FULL_FEATURE_ONLY, Stage.FULL_FEATURE, Senders.INITIATOR);
}
