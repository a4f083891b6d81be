/**
 * The options of one unit as records: {@link io.livepatch.server.config.Config} is the whole, and each component with an
 * {@code @Option} declares one of them. {@link io.livepatch.server.config.ConfigFile} reads them. A record that was read is valid.
 */
@NullMarked
package io.livepatch.server.config;

import org.jspecify.annotations.NullMarked;
