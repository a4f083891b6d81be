/**
 * The options of one unit as records: {@link io.livepatch.server.config.UnitConfig} has one component for each section, and each component
 * with an {@code @Option} declares an option. {@link io.livepatch.server.config.ConfigFile} reads them; a record that was read is valid.
 */
@NullMarked
package io.livepatch.server.config;

import org.jspecify.annotations.NullMarked;
