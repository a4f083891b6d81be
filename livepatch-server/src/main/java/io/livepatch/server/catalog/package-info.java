/**
 * What patches there are, in which tier, and what a machine should run. {@link io.livepatch.server.catalog.Catalog} answers
 * from memory; its snapshot follows the database.
 */
@NullMarked
package io.livepatch.server.catalog;

import org.jspecify.annotations.NullMarked;
