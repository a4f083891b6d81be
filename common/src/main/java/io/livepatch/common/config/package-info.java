/**
 * Configuration: a record component with an {@link io.livepatch.common.config.Option} declares one option, and everything else
 * follows from it. {@link io.livepatch.common.config.ConfigReader} reads YAML and environment variables into such records and
 * reports every problem at once; {@link io.livepatch.common.config.ConfigPrinter} prints a record with its secrets masked;
 * {@link io.livepatch.common.config.OptionTable} writes the tables of the documentation.
 */
@NullMarked
package io.livepatch.common.config;

import org.jspecify.annotations.NullMarked;
