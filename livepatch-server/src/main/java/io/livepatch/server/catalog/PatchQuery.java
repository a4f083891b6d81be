package io.livepatch.server.catalog;

import io.livepatch.storage.Architecture;
import io.livepatch.storage.KernelRelease;
import io.livepatch.storage.PatchVersion;
import java.util.Optional;

/**
 * The state of a machine that asks for a patch.
 *
 * @param running the version of the patch that is applied to its kernel; empty if none is
 */
public record PatchQuery(
        KernelRelease kernel, Architecture architecture, TierName tier, Optional<PatchVersion> running) {}
