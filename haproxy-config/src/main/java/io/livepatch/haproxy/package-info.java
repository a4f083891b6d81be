/**
 * A load balancer's description, and its way into a running haproxy.
 *
 * <p>The description is a {@link io.livepatch.haproxy.LoadBalancer}: immutable records that cannot be built wrong.
 * {@link io.livepatch.haproxy.HaproxyConfig} turns it into the text of {@code haproxy.cfg} and does nothing else.
 * {@link io.livepatch.haproxy.Haproxy} brings that text into a haproxy which somebody else runs (a supervisor, systemd):
 * validate, give the worker that serves the servers it lacks or, for anything else, reload without losing a request, replace the
 * file, prove that it is in effect, or put everything back. {@link io.livepatch.haproxy.RuntimeSocket} asks the running process how
 * its servers are, and orders them about by hand. What goes wrong is a
 * {@link io.livepatch.haproxy.HaproxyException}.
 *
 * <p>The charms use this package; it knows nothing of them, of supervisors or of the server behind it but its paths.
 */
@NullMarked
package io.livepatch.haproxy;

import org.jspecify.annotations.NullMarked;
