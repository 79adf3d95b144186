/** Runnable programs: an iSER target and an iSER initiator. */
@NullMarked
package io.ffmiser.examples;

import org.jspecify.annotations.NullMarked;
