/**
 * What a load balancer is: immutable records, and {@link io.livepatch.haproxy.model.LoadBalancer} as the one that holds all others.
 * A record that was constructed is valid; otherwise its constructor throws an
 * {@link io.livepatch.haproxy.model.InvalidModelException} that names every violation.
 *
 * <p>Depends on nothing but the JDK. {@link io.livepatch.haproxy.model.ConfigSyntax} and {@link io.livepatch.haproxy.model.Violations} are
 * public for the package {@code runtime} only, which checks what it is given by the same rules.
 */
@NullMarked
package io.livepatch.haproxy.model;

import org.jspecify.annotations.NullMarked;
