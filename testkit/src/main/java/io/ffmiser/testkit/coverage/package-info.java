/** Holds a coverage table of a C library against the library, its header, and the members and tests that the table names. */
@NullMarked
package io.ffmiser.testkit.coverage;

import org.jspecify.annotations.NullMarked;
