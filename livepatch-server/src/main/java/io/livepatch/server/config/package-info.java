/** The settings of one unit as records, and the way they are read. A record that exists is valid. */
@NullMarked
package io.livepatch.server.config;

import org.jspecify.annotations.NullMarked;
