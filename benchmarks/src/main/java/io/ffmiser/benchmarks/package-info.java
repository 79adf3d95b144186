/** Whole-program measurements: what the pair of initiator and target reaches, against raw TCP in the same run. */
@NullMarked
package io.ffmiser.benchmarks;

import org.jspecify.annotations.NullMarked;
