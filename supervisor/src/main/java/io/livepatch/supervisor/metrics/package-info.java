/**
 * Metrics for Prometheus: Monoceros' names as they are, then ours ({@code supervisor_…}), with reasons as labels. The number of series
 * is bounded: labels are pools, workers by number, and constants of this program, never values that a worker or a caller chooses.
 *
 * <p>{@link io.livepatch.supervisor.metrics.SupervisorMetrics} counts all events and writes the page; it gets the rest from its
 * {@link io.livepatch.supervisor.metrics.SupervisorMetrics.Sources} at each scrape.
 */
@NullMarked
package io.livepatch.supervisor.metrics;

import org.jspecify.annotations.NullMarked;
