/**
 * Integrity of the bytes in the active store. {@link io.livepatch.server.integrity.IntegrityService} checks one patch and records the
 * result, which withdraws a damaged patch from the catalog's answers; {@link io.livepatch.server.integrity.Verification},
 * {@link io.livepatch.server.integrity.Scrub} and {@link io.livepatch.server.integrity.RepairService} decide which patch is checked when.
 */
@NullMarked
package io.livepatch.server.integrity;

import org.jspecify.annotations.NullMarked;
