/** Full feature phase of both sides: sequence numbers, windows, task tables, task management. Sans-IO; it drives a datamover. */
@NullMarked
package io.ffmiser.iscsi.session;

import org.jspecify.annotations.NullMarked;
