/**
 * Bounds what one peer may provoke: log lines, and places where it waits. Needs no RDMA; the providers and the layers above them share
 * it. Not exported to others.
 */
@NullMarked
package io.ffmiser.quota;

import org.jspecify.annotations.NullMarked;
