/** What the programs {@code fleet} and {@code livepatch-client} have in common: {@link io.livepatch.fleet.program.Version}. */
@NullMarked
package io.livepatch.fleet.program;

import org.jspecify.annotations.NullMarked;
