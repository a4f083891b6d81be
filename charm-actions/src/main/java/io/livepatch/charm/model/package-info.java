/**
 * The desired state: the operator's configuration and the units' published data as one immutable
 * {@link io.livepatch.charm.model.Model}, changed only through {@link io.livepatch.charm.model.ModelChange}s and
 * {@link io.livepatch.charm.model.PendingWrites}, and written to disk by {@link io.livepatch.charm.model.ModelStore} before any
 * unit acts on it.
 */
@NullMarked
package io.livepatch.charm.model;

import org.jspecify.annotations.NullMarked;
