/**
 * The patches, their tiers, and the decision which patch a machine should run. {@link io.livepatch.server.catalog.LiveCatalog} follows the
 * database and answers from memory.
 */
@NullMarked
package io.livepatch.server.catalog;

import org.jspecify.annotations.NullMarked;
