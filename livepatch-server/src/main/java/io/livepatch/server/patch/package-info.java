/**
 * What operators do with patches: bring them in, move them through the tiers, take them back. {@link io.livepatch.server.patch.Patches}
 * keeps bytes and rows in step, {@link io.livepatch.server.patch.Rollout} decides who gets what,
 * {@link io.livepatch.server.patch.AdminPatchResource} speaks HTTP.
 */
@NullMarked
package io.livepatch.server.patch;

import org.jspecify.annotations.NullMarked;
