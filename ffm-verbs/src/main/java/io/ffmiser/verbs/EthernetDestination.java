package io.ffmiser.verbs;

import java.util.OptionalInt;

/**
 * Where a RoCE packet goes on its first Ethernet.
 *
 * @param address of the peer, or of the router to it
 * @param vlan its VLAN identifier, where it lies in one
 */
public record EthernetDestination(MacAddress address, OptionalInt vlan) {}
