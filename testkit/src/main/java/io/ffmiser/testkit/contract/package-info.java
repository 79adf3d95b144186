/**
 * What every provider of {@code io.ffmiser.rdma} must do, as tests: {@link io.ffmiser.testkit.contract.ProviderContract}, which a
 * provider's tests extend with the provider and an address.
 */
@NullMarked
package io.ffmiser.testkit.contract;

import org.jspecify.annotations.NullMarked;
