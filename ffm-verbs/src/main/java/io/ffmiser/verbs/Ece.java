package io.ffmiser.verbs;

/**
 * Enhanced connection establishment: what two ends of a vendor may agree on beyond the standard (struct ibv_ece, ibv_query_ece(3)).
 *
 * @param vendorId the vendor's IEEE OUI; 0 is none
 * @param options bits of the vendor's
 */
public record Ece(int vendorId, int options) {}
