/** The command {@code supervisor}: reads and checks a file, runs its pools until it gets a signal, and reports the result. */
@NullMarked
package io.livepatch.supervisor.cli;

import org.jspecify.annotations.NullMarked;
