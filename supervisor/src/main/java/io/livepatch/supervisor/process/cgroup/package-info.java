/**
 * Control groups of the kernel: each worker in one of its own, where this JVM may make some. They keep hard memory limits, know
 * whether the kernel killed for memory, and hold every descendant of a worker, also one that left its session.
 * {@link io.livepatch.supervisor.process.cgroup.Cgroups} makes them, beneath the group that this JVM is in, so that what binds
 * the JVM binds its workers.
 */
@NullMarked
package io.livepatch.supervisor.process.cgroup;

import org.jspecify.annotations.NullMarked;
