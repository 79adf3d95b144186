/** Text that people read and write: what a peer sent, made fit for a terminal or a log. */
@NullMarked
package io.ffmiser.text;

import org.jspecify.annotations.NullMarked;
