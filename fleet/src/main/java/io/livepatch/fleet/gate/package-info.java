/**
 * The rollout test: runs a command under load; both must succeed. {@link io.livepatch.fleet.gate.Gate} is the face.
 *
 * <pre>
 * |- warm_up -|-- warm --|------ command ------|-- after --|- settle -|
 *  not           reference  evaluated from the start of the command until every due iteration has ended
 *  evaluated
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.gate;

import org.jspecify.annotations.NullMarked;
