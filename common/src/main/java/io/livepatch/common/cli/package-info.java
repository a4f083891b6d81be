/** What command-line programs share: signals. */
@NullMarked
package io.livepatch.common.cli;

import org.jspecify.annotations.NullMarked;
