/**
 * The rollout test: a load runs, a command runs in it, and both must succeed. {@link io.livepatch.fleet.gate.Gate} is the face.
 *
 * <pre>
 * |- warm_up -|-- warm --|------ command ------|-- after --|- settle -|
 *  of the flock, counts     judged from the command's begin until every turn due in it has ended
 *  for nothing  before: what is usual
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.gate;

import org.jspecify.annotations.NullMarked;
