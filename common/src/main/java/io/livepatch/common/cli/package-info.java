/** Shared by the command-line programs: signals, {@code --version}, usage errors, the confirmation of deletions. */
@NullMarked
package io.livepatch.common.cli;

import org.jspecify.annotations.NullMarked;
