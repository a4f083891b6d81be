/**
 * The rollout test: a load runs, a command runs in it, and both must succeed. {@link io.livepatch.fleet.gate.Gate} is the face.
 *
 * <pre>
 * |-- warm --|------ command ------|-- after --|- settle -|
 *  before: what is usual            judged from the command's begin until every turn due in it has ended
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.gate;

import org.jspecify.annotations.NullMarked;
