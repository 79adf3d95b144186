/** What tests do with the log of what they test. */
@NullMarked
package io.ffmiser.testkit.log;

import org.jspecify.annotations.NullMarked;
