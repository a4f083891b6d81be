/** Health probes of workers. {@link io.livepatch.supervisor.probe.ProbeRunner} implements {@link io.livepatch.supervisor.probe.Probes}. */
@NullMarked
package io.livepatch.supervisor.probe;

import org.jspecify.annotations.NullMarked;
