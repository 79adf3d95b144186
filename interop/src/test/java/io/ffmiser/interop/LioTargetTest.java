package io.ffmiser.interop;

import org.junit.jupiter.api.Tag;

/** LIO, and our initiator with the provider of the device's kind: libibverbs, or the iWARP in Java. */
@Tag("rxe")
@Tag("siw")
@Tag("guest")
class LioTargetTest extends LioSuite {}
