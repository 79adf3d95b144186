@NullMarked
package io.ffmiser.testkit.log;

import org.jspecify.annotations.NullMarked;
