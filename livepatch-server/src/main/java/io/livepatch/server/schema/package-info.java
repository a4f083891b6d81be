/** The schema of the database: {@link io.livepatch.server.schema.Main} upgrades it, a unit checks it when it starts. */
@NullMarked
package io.livepatch.server.schema;

import org.jspecify.annotations.NullMarked;
