@NullMarked
package io.ffmiser.iwarp.rdmap;

import org.jspecify.annotations.NullMarked;
