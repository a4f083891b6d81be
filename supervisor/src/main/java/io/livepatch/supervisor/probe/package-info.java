/**
 * Looks at workers: {@link io.livepatch.supervisor.probe.Probes} is the seam, {@link io.livepatch.supervisor.probe.ProbeRunner}
 * asks over HTTP and TCP and runs commands.
 */
@NullMarked
package io.livepatch.supervisor.probe;

import org.jspecify.annotations.NullMarked;
