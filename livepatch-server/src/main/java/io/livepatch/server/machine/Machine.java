package io.livepatch.server.machine;

import io.livepatch.server.catalog.TierName;
import io.livepatch.storage.Sha256;

/**
 * An enrolled machine, as its token tells.
 *
 * @param token the digest of its machine token
 */
public record Machine(MachineId id, TierName tier, Sha256 token) {}
