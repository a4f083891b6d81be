/**
 * The interface between charms and substrates. A {@link io.livepatch.charm.api.Charm} is given a
 * {@link io.livepatch.charm.api.Unit} and makes that unit match its configuration and relations; it does not know whether the unit
 * belongs to the local model or a Juju agent. {@link io.livepatch.charm.api.CharmMetadata} reads the files that Juju reads.
 * Substrates implement {@code Unit} and its parts.
 */
@NullMarked
package io.livepatch.charm.api;

import org.jspecify.annotations.NullMarked;
