/** The command {@code supervisor}: reads a file, checks it, runs its pools until it is told to end, and says how that went. */
@NullMarked
package io.livepatch.supervisor.cli;

import org.jspecify.annotations.NullMarked;
