/**
 * What Prometheus is told: Monoceros' names as they are, then ours ({@code supervisor_…}), with reasons as labels. Labels are
 * bounded: pools, workers by number, and words of this program; nothing that a worker or a caller can invent.
 *
 * <p>{@link io.livepatch.supervisor.metrics.SupervisorMetrics} hears all events and is asked for a page; what it cannot know by
 * itself comes from {@link io.livepatch.supervisor.metrics.Sources}.
 */
@NullMarked
package io.livepatch.supervisor.metrics;

import org.jspecify.annotations.NullMarked;
