/**
 * The status of the model for people and programs: {@link io.livepatch.charm.status.ModelStatus} has Juju's keys in JSON and
 * YAML, {@link io.livepatch.charm.status.StatusTable} prints Juju's tables. Pure.
 */
@NullMarked
package io.livepatch.charm.status;

import org.jspecify.annotations.NullMarked;
