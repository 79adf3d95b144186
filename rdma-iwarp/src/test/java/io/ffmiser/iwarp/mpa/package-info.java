@NullMarked
package io.ffmiser.iwarp.mpa;

import org.jspecify.annotations.NullMarked;
