/**
 * Which store holds what: {@link io.livepatch.server.placement.StoreRegistry} opens the stores and knows the active one,
 * {@link io.livepatch.server.placement.StoreDao} records the active store and {@link io.livepatch.server.placement.CopyDao} the copies of
 * patches in each store.
 */
@NullMarked
package io.livepatch.server.placement;

import org.jspecify.annotations.NullMarked;
