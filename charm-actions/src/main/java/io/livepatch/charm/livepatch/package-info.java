/**
 * The charm for the live-patch server. {@link io.livepatch.charm.livepatch.LivepatchCharm} looks ({@code ObservedState}), decides
 * ({@code LivepatchPlan}, pure) and acts ({@code LivepatchExecutor}). It knows the server by its command line, its YAML and its
 * HTTP API only.
 */
@NullMarked
package io.livepatch.charm.livepatch;

import org.jspecify.annotations.NullMarked;
