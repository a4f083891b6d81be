/**
 * What a charm is and all that it can see. A {@link io.livepatch.charm.api.Charm} is given a
 * {@link io.livepatch.charm.api.Unit} and makes that unit match its configuration and relations; who stands behind the unit,
 * the local model or a Juju agent, it cannot tell. {@link io.livepatch.charm.api.CharmMetadata} reads the files that Juju
 * reads. Substrates implement {@code Unit} and what hangs on it; charms only use them.
 */
@NullMarked
package io.livepatch.charm.api;

import org.jspecify.annotations.NullMarked;
