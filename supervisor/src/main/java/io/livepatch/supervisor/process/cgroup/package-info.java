/**
 * A cgroup for each worker, where this JVM may create them: enforces hard memory limits, reports kills by the OOM killer, and holds
 * all descendants of a worker, also those that left its session. {@link io.livepatch.supervisor.process.cgroup.Cgroups} creates
 * them in the JVM's own cgroup, so that the JVM's limits include its workers.
 */
@NullMarked
package io.livepatch.supervisor.process.cgroup;

import org.jspecify.annotations.NullMarked;
