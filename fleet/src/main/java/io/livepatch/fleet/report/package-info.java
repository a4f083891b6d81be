/**
 * The result of a run: {@link io.livepatch.fleet.report.RunReport}, and its formats: JSON (which can be read back), JUnit XML, an HTML page
 * with charts, a text summary, and a progress line during the run.
 */
@NullMarked
package io.livepatch.fleet.report;

import org.jspecify.annotations.NullMarked;
