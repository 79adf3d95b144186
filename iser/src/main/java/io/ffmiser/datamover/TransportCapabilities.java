package io.ffmiser.datamover;

/**
 * What a login must know of the connection that carries it, as data.
 *
 * @param rdmaExtensions whether data will move by RDMA: a normal session must then agree on RDMAExtensions=Yes (RFC 7145 section 5.1),
 *     and digests and markers are off
 */
public record TransportCapabilities(boolean rdmaExtensions) {}
