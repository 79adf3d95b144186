@NullMarked
package io.ffmiser.iwarp.ddp;

import org.jspecify.annotations.NullMarked;
