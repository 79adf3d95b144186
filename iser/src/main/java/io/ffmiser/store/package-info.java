/**
 * Where a logical unit keeps its blocks. One interface, {@link io.ffmiser.store.BlockStore}, behind which stand memory, files and,
 * later, remote stores; its operations complete asynchronously.
 */
@NullMarked
package io.ffmiser.store;

import org.jspecify.annotations.NullMarked;
