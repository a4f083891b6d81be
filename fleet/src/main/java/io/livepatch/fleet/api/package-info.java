/**
 * What can be asked of a run over HTTP, and of whichever replica: flocks, monkeys, figures, events, metrics.
 * {@link io.livepatch.fleet.api.ApiServer} is the face.
 */
@NullMarked
package io.livepatch.fleet.api;

import org.jspecify.annotations.NullMarked;
