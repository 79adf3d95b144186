@NullMarked
package io.ffmiser.examples.verbs;

import org.jspecify.annotations.NullMarked;
