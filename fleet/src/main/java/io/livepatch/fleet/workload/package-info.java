/**
 * What machines do: a scenario for each {@link io.livepatch.fleet.flock.Workload}, played over the one client protocol. Entry points:
 * {@link io.livepatch.fleet.workload.WorkloadFactory}; {@link io.livepatch.fleet.workload.JdkHttp#prepare} before the first HTTP client.
 *
 * <pre>
 * WorkloadFactory ─▶ WorkloadRunner: HTTP clients and MachineIdentities of one flock
 *                       └ Scenario: Polling, Fetching, Churning, Herd, SlowReading, MisbehavingScenario
 *                            └ Iteration: records each call as a step, translates failures ─▶ LivepatchClient
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.workload;

import org.jspecify.annotations.NullMarked;
