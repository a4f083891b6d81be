/**
 * The processes of all units that share a database, and the catalog revision of each. {@link io.livepatch.server.unit.UnitRegistry}
 * reports for this process and waits for the others; {@link io.livepatch.server.unit.AdminChangeFilter} does so for resource methods.
 */
@NullMarked
package io.livepatch.server.unit;

import org.jspecify.annotations.NullMarked;
