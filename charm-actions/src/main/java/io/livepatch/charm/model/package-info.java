/**
 * What the operator asked for, and what the units told each other: the wish, as one immutable
 * {@link io.livepatch.charm.model.Model}, changed only through {@link io.livepatch.charm.model.ModelChange}s and
 * {@link io.livepatch.charm.model.PendingWrites}, and kept by {@link io.livepatch.charm.model.ModelStore} on disk before any unit
 * acts on it. Knows no process.
 */
@NullMarked
package io.livepatch.charm.model;

import org.jspecify.annotations.NullMarked;
