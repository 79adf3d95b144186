/**
 * Suites that need a real RDMA device, run inside the lab's guest or on a machine that has one. A class says by its tags where: {@code rxe}
 * (RoCE and InfiniBand), {@code siw} (iWARP), and {@code guest} where it changes the machine and must never run on hardware. A class without
 * a tag needs no device: it runs over software iWARP in Java with all other tests.
 */
@NullMarked
package io.ffmiser.interop;

import org.jspecify.annotations.NullMarked;
