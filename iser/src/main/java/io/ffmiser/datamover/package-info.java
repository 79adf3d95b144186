/**
 * The Datamover interface of RFC 5047, by its names: iSCSI above never knows how data moves, a datamover below never knows what a
 * SCSI command is. {@link io.ffmiser.datamover.InitiatorDatamover} and {@link io.ffmiser.datamover.TargetDatamover} have the calls down,
 * {@link io.ffmiser.datamover.InitiatorDatamoverListener} and {@link io.ffmiser.datamover.TargetDatamoverListener} the calls up.
 *
 * <p>{@code datamover.iser} maps them to RDMA (RFC 7145), {@code datamover.tcp} the target's to Data-In, R2T and Data-Out over a byte
 * stream (RFC 7143).
 */
@NullMarked
package io.ffmiser.datamover;

import org.jspecify.annotations.NullMarked;
