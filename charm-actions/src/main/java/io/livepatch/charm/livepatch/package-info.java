/**
 * The charm for the live-patch server. {@link io.livepatch.charm.livepatch.LivepatchCharm} looks ({@code Sight}), decides
 * ({@code LivepatchPlan}, pure) and acts ({@code LivepatchEdge}). It knows the server by its command line, its YAML and its
 * HTTP API only.
 */
@NullMarked
package io.livepatch.charm.livepatch;

import org.jspecify.annotations.NullMarked;
