/** Fuzz targets of the iWARP decoders; each runs in a process of its own. */
@NullMarked
package io.ffmiser.iwarp.fuzz;

import org.jspecify.annotations.NullMarked;
