/**
 * Judges a run: what was asked for against what was measured, and whether the measuring itself can be trusted.
 * {@link io.livepatch.fleet.verdict.Verdict} is the face; {@link io.livepatch.fleet.verdict.NumberFormat} is how numbers are written everywhere.
 */
@NullMarked
package io.livepatch.fleet.verdict;

import org.jspecify.annotations.NullMarked;
