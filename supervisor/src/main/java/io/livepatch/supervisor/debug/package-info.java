/**
 * Inspects running workers: a JVM with the {@code jcmd} of its own JDK, any other through the {@code /debug/…} that it serves itself.
 *
 * <pre>
 *  Debugging ─▶ Jvm (pid, user, jcmd) ─▶ TemporaryReportDirectory ─▶ Jcmd (as its user, with a timeout) ─▶ Report
 *      └──────▶ WorkerHttp ─▶ Report
 * </pre>
 *
 * A JVM lets root attach, but {@code jcmd} comes from the worker's own JDK, which other users may be able to write: so it runs as the
 * worker's user, never as root.
 */
@NullMarked
package io.livepatch.supervisor.debug;

import org.jspecify.annotations.NullMarked;
