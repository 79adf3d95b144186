/** The native boundary that the verbs and the connection manager share: finding a library, calling it, owning what it made. */
@NullMarked
package io.ffmiser.verbs.internal;

import org.jspecify.annotations.NullMarked;
