/**
 * {@code fleet}, the program that puts load on a server: {@code run}, {@code gate}, {@code serve}, {@code report}.
 * {@link io.livepatch.fleet.cli.Main} is the face. {@link io.livepatch.fleet.cli.ReplicaRuntime} puts a replica together and takes it apart:
 *
 * <pre>
 *   FleetConfig ─▶ Businesses ─▶ LocalFlockRuns ─▶ Replica ◀─ ApiServer (others, and people)
 *                                                    │
 *                                                  RunView ─▶ Outcome ─▶ RunReport ─▶ text, JSON, JUnit, HTML, exit code
 * </pre>
 */
@NullMarked
package io.livepatch.fleet.cli;

import org.jspecify.annotations.NullMarked;
