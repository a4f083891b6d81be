/**
 * The metrics of a unit, under the names of Canonical's dashboards and alerts where there are any. Labels have values of a bounded set
 * only.
 */
@NullMarked
package io.livepatch.server.metrics;

import org.jspecify.annotations.NullMarked;
