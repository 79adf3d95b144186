/**
 * The verbs: one type a noun of libibverbs, each owned by the parent that made it.
 *
 * <p>Start at {@link io.ffmiser.verbs.Verbs}. Every object with a native resource is {@link java.lang.AutoCloseable}; closing a parent with
 * live children throws, names them, and leaves the parent usable. What fails throws {@link io.ffmiser.verbs.VerbsException} with the
 * C function and the errno's name; the status of a work completion is a value.
 *
 * <p><b>Threads and closing.</b> Of several threads that close an object one does it, and the others return when it is done. A close during a control
 * call of the same object is refused and changes nothing; a call during or after a close is refused. Both throw
 * {@link java.lang.IllegalStateException}. The calls of the data path, which post and poll, are not counted, as that would cost on each of them: who
 * closes a queue sees to it that no other thread posts to it or polls it. A completion queue refuses a close while it sees a poll in progress,
 * which it need not see. After the close they are refused too.
 *
 * <p><b>Memory.</b> A segment is checked where it is given: native, open, of this thread, and writable where it is written. Addresses and keys that are
 * given as plain numbers are the device's to check. What the device was given belongs to it until the request has completed.
 */
@NullMarked
package io.ffmiser.verbs;

import org.jspecify.annotations.NullMarked;
