/**
 * The services of units as pools of a supervisor in another process, for both substrates: {@link
 * io.livepatch.charm.service.SupervisorServices} is what a charm gets as {@code services()}. Processes run on when the program ends that
 * called the charm; the next one finds them by the names of their pools.
 */
@NullMarked
package io.livepatch.charm.service;

import org.jspecify.annotations.NullMarked;
