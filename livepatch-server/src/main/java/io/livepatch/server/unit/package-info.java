/**
 * The processes of all units that share a database, and which revision of the catalog each has in memory.
 * {@link io.livepatch.server.unit.UnitRegistry} reports for this process and waits for the others;
 * {@link io.livepatch.server.unit.AdminChangeFilter.AdminChange} marks the resource methods whose answer says which units have the change.
 */
@NullMarked
package io.livepatch.server.unit;

import org.jspecify.annotations.NullMarked;
