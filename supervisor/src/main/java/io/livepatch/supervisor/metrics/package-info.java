/**
 * Metrics for Prometheus: Monoceros' names as they are, then ours ({@code supervisor_…}), with reasons as labels. Labels are
 * bounded: pools, workers by number, and words of this program; nothing that a worker or a caller can invent.
 *
 * <p>{@link io.livepatch.supervisor.metrics.SupervisorMetrics} counts all events and writes the page; what no event
 * tells comes from {@link io.livepatch.supervisor.metrics.MetricSources}.
 */
@NullMarked
package io.livepatch.supervisor.metrics;

import org.jspecify.annotations.NullMarked;
