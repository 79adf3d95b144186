/** Programs on verbs and the connection manager alone: no storage, no provider. */
@NullMarked
package io.ffmiser.examples.verbs;

import org.jspecify.annotations.NullMarked;
