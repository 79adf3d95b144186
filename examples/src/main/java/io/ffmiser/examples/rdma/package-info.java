/** A program on {@code rdma-spi} alone: no storage, any provider. */
@NullMarked
package io.ffmiser.examples.rdma;

import org.jspecify.annotations.NullMarked;
