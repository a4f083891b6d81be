/**
 * The ordered groups that a patch is promoted through. {@link io.livepatch.server.tier.Tiers} knows the rules,
 * {@link io.livepatch.server.tier.TierResource} speaks HTTP.
 */
@NullMarked
package io.livepatch.server.tier;

import org.jspecify.annotations.NullMarked;
