@NullMarked
package io.ffmiser.examples;

import org.jspecify.annotations.NullMarked;
