/**
 * The verbs: one type a noun of libibverbs, each owned by the parent that made it.
 *
 * <p>Start at {@link io.ffmiser.verbs.Verbs}. Every object with a native resource is {@link java.lang.AutoCloseable}; closing a parent with
 * live children throws, names them, and leaves the parent usable. What fails throws {@link io.ffmiser.verbs.VerbsException} with the
 * C function and the errno's name; the status of a work completion is a value.
 */
@NullMarked
package io.ffmiser.verbs;

import org.jspecify.annotations.NullMarked;
