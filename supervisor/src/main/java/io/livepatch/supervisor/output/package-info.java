/** Where the output of workers goes: rotated files, and JSON lines on the supervisor's own standard output. */
@NullMarked
package io.livepatch.supervisor.output;

import org.jspecify.annotations.NullMarked;
