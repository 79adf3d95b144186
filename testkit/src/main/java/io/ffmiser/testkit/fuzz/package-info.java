/** Runs Jazzer fuzz targets as child processes, from ordinary tests. */
@NullMarked
package io.ffmiser.testkit.fuzz;

import org.jspecify.annotations.NullMarked;
