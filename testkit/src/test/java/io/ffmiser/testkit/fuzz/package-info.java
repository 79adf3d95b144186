@NullMarked
package io.ffmiser.testkit.fuzz;

import org.jspecify.annotations.NullMarked;
