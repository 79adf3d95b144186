@NullMarked
package io.ffmiser.testkit.contract;

import org.jspecify.annotations.NullMarked;
