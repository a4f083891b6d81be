/**
 * What machines do: a scenario for each {@link io.livepatch.fleet.flock.Workload}, played over the one client protocol.
 * {@link io.livepatch.fleet.workload.WorkloadFactory} is the face; {@link io.livepatch.fleet.workload.JdkHttp} is what a program does before
 * its first HTTP client.
 *
 * <pre>
 * LivepatchClient ── Turn: one monkey's turn; steps and refusals to the recorder, failures by kind
 *    └ Crew: what all monkeys of a flock share ── Machines: who they are, and their tokens
 *       └ Scenario: Polling, Fetching, Churning, Herd, SlowReading, MisbehavingScenario
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.workload;

import org.jspecify.annotations.NullMarked;
