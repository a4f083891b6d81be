/**
 * The HTTP API of a run: flocks, monkeys, statistics, events, metrics. Every replica serves it for the whole run.
 * Entry point: {@link io.livepatch.fleet.api.ApiServer}.
 */
@NullMarked
package io.livepatch.fleet.api;

import org.jspecify.annotations.NullMarked;
