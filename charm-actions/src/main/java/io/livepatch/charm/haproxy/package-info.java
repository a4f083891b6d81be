/**
 * The charm for HAProxy. {@link io.livepatch.charm.haproxy.HaproxyCharm} looks ({@code ObservedState}), decides
 * ({@code HaproxyPlan}, pure) and acts ({@code HaproxyExecutor}); {@code CertificateAuthority} issues certificates,
 * {@code CertificateState} compares the one that haproxy has in memory with the one that is wanted, and {@code HaproxyRules} says
 * which options are refused. What haproxy is told comes from the module haproxy-config.
 */
@NullMarked
package io.livepatch.charm.haproxy;

import org.jspecify.annotations.NullMarked;
