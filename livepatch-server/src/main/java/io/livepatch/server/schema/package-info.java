/** The tables' history: brought forward by {@link io.livepatch.server.schema.Main} alone, looked at by a unit when it starts. */
@NullMarked
package io.livepatch.server.schema;

import org.jspecify.annotations.NullMarked;
