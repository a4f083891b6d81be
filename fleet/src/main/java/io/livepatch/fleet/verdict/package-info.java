/**
 * Evaluates a run against its thresholds, and warns if the measurements are not reliable.
 * {@link io.livepatch.fleet.verdict.Verdict} is the face; {@link io.livepatch.fleet.verdict.NumberFormat} formats numbers for all output.
 */
@NullMarked
package io.livepatch.fleet.verdict;

import org.jspecify.annotations.NullMarked;
