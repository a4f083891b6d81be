/**
 * Looks into a worker that runs: into a JVM with the {@code jcmd} of its own JDK, into anything else through the
 * {@code /debug/…} that it serves itself.
 *
 * <pre>
 *  Debugging ─▶ Jvm (is it one, whose, which jcmd) ─▶ Scratch (where it may write) ─▶ Jcmd (as its user, in time) ─▶ Report
 *      └──────▶ WorkerHttp ─▶ Report
 * </pre>
 *
 * The JVM would let root attach to it whoever it belongs to, but {@code jcmd} comes from the worker's own JDK: it is run as the
 * worker's user, since root does not run what others may have written.
 */
@NullMarked
package io.livepatch.supervisor.debug;

import org.jspecify.annotations.NullMarked;
