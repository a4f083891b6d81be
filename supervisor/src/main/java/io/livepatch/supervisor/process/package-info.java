/**
 * Linux processes: started in sessions of their own, signalled as process groups, and killed when this JVM ends in any way. {@link
 * io.livepatch.supervisor.process.LinuxProcesses} implements {@link io.livepatch.supervisor.process.Processes}; tests simulate it.
 */
@NullMarked
package io.livepatch.supervisor.process;

import org.jspecify.annotations.NullMarked;
