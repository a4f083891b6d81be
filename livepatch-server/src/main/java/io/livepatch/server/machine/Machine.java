package io.livepatch.server.machine;

import io.livepatch.server.catalog.TierName;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;

/**
 * An enrolled machine, as its token tells.
 *
 * @param token the digest of its machine token
 */
public record Machine(MachineId id, TierName tier, Sha256 token) {

    /**
     * A machine may ask in its own name only.
     *
     * @throws ProblemException.Forbidden if this is not the machine that was named
     */
    public void mustBe(MachineId named) {
        if (!id.equals(named)) {
            throw new ProblemException.Forbidden("the machine token belongs to another machine than '" + named + "'");
        }
    }
}
