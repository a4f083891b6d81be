/** What command-line programs share: signals, {@code --version}, errors of usage. */
@NullMarked
package io.livepatch.common.cli;

import org.jspecify.annotations.NullMarked;
