/** The charms and the substrates that run them. */
@NullMarked
package io.livepatch.charm;

import org.jspecify.annotations.NullMarked;
