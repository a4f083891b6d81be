/**
 * What a unit counts and measures, under the names that Canonical's dashboards and alerts ask for.
 * {@link io.livepatch.server.metrics.Metrics} is all of it; labels only ever hold values of a bounded set.
 */
@NullMarked
package io.livepatch.server.metrics;

import org.jspecify.annotations.NullMarked;
