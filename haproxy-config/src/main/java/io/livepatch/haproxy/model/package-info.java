/**
 * The model of a load balancer: immutable records with {@link io.livepatch.haproxy.model.LoadBalancer} as the root.
 * A record that was constructed is valid; otherwise its constructor throws an
 * {@link io.livepatch.haproxy.model.InvalidModelException} that names every violation.
 *
 * <p>Depends on nothing but the JDK. {@link io.livepatch.haproxy.model.ConfigSyntax} and
 * {@link io.livepatch.haproxy.model.InvalidModelException.Violations} are public for the package {@code runtime} only, which
 * applies the same rules to its arguments.
 */
@NullMarked
package io.livepatch.haproxy.model;

import org.jspecify.annotations.NullMarked;
