/**
 * What is left of a run: {@link io.livepatch.fleet.report.RunReport} is all of it, and can be had as JSON (which can be read again),
 * JUnit XML, a page that draws charts without a network, a summary and, while it lasts, a line of progress.
 */
@NullMarked
package io.livepatch.fleet.report;

import org.jspecify.annotations.NullMarked;
