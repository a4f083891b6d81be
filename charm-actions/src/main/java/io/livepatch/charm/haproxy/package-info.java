/**
 * The charm for HAProxy. {@link io.livepatch.charm.haproxy.HaproxyCharm} looks ({@code Sight}), decides
 * ({@code HaproxyPlan}, pure) and acts ({@code HaproxyEdge}); {@code Authority} makes certificates with openssl. What
 * haproxy is told comes from the module haproxy-config.
 */
@NullMarked
package io.livepatch.charm.haproxy;

import org.jspecify.annotations.NullMarked;
