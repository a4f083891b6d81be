/**
 * The charm for HAProxy. {@link io.livepatch.charm.haproxy.HaproxyCharm} observes ({@code ObservedState}), plans ({@code
 * HaproxyPlan}, pure) and executes ({@code HaproxyExecutor}); {@code CertificateAuthority} issues certificates,
 * {@code CertificateState} compares haproxy's certificate in memory with the desired one, and {@code HaproxyRules} checks the
 * options. The module haproxy-config writes the configuration.
 */
@NullMarked
package io.livepatch.charm.haproxy;

import org.jspecify.annotations.NullMarked;
