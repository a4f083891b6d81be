/**
 * The charm for the live-patch server. {@link io.livepatch.charm.livepatch.LivepatchCharm} observes ({@code ObservedState}), plans
 * ({@code LivepatchPlan}, pure) and executes ({@code LivepatchExecutor}). It knows the server by its command line, its YAML and its
 * HTTP API only.
 */
@NullMarked
package io.livepatch.charm.livepatch;

import org.jspecify.annotations.NullMarked;
