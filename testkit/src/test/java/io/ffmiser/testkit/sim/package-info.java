@NullMarked
package io.ffmiser.testkit.sim;

import org.jspecify.annotations.NullMarked;
