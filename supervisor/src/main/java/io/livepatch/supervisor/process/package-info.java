/**
 * Processes of a Linux system: started in sessions of their own, signalled as groups, and gone when this JVM is, however it
 * went. {@link io.livepatch.supervisor.process.Processes} is the seam that a simulation replaces,
 * {@link io.livepatch.supervisor.process.LinuxProcesses} what is real.
 */
@NullMarked
package io.livepatch.supervisor.process;

import org.jspecify.annotations.NullMarked;
