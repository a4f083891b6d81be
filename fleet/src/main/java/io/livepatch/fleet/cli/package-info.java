/**
 * {@code fleet}, the load generator: {@code run}, {@code gate}, {@code serve}, {@code report}.
 * {@link io.livepatch.fleet.cli.Main} is the face. {@link io.livepatch.fleet.cli.ReplicaRuntime} assembles a replica:
 *
 * <pre>
 *   FleetConfig ─▶ WorkloadFactory ─▶ FlockRun.LocalStarter ─▶ Replica ◀─ ApiServer (other replicas, and people)
 *                                                         │
 *                                                       RunView ─▶ RunReport ─▶ text, JSON, JUnit, HTML, exit code
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.cli;

import org.jspecify.annotations.NullMarked;
