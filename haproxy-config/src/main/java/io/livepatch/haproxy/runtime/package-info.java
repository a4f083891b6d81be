/**
 * The running haproxy. A supervisor or systemd runs the process; {@link io.livepatch.haproxy.runtime.Haproxy} changes its
 * configuration:
 *
 * <pre>
 *   apply(LoadBalancer) ── haproxy -c ──▶ only servers differ? ── yes ──▶ commands to the worker that serves
 *                                                  └── no, or refused ──▶ write the file, reload, await the new worker
 * </pre>
 *
 * <p>After a change file and process agree, or both are as they were before. {@link io.livepatch.haproxy.runtime.RuntimeSocket}
 * reads the state of the servers and changes it by hand. Errors are {@link io.livepatch.haproxy.runtime.HaproxyException}s.
 */
@NullMarked
package io.livepatch.haproxy.runtime;

import org.jspecify.annotations.NullMarked;
