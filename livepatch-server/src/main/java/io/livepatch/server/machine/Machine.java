package io.livepatch.server.machine;

import io.livepatch.server.catalog.TierName;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.AsciiSet;
import io.livepatch.storage.InvalidNameException;
import io.livepatch.storage.Sha256;

/**
 * An enrolled machine.
 *
 * @param token the digest of its machine token
 */
public record Machine(MachineId id, TierName tier, Sha256 token) {

    /**
     * Requires that a request about {@code named} comes from that machine.
     *
     * @throws ProblemException.Forbidden if it does not
     */
    public void mustBe(MachineId named) {
        if (!id.equals(named)) {
            throw new ProblemException.Forbidden("the machine token belongs to another machine than '" + named + "'");
        }
    }

    /**
     * The id that a machine chose, usually the 32 hexadecimal digits of its {@code /etc/machine-id}.
     *
     * @param text one to 64 letters, digits, dots, underscores and hyphens
     */
    public record MachineId(String text) {
        private static final AsciiSet CHARACTERS = AsciiSet.of("A-Za-z0-9._-");
        private static final int MAX_LENGTH = 64;

        public MachineId {
            if (!CHARACTERS.matches(text, 1, MAX_LENGTH)) {
                throw new InvalidNameException(
                        "machine id", text, "up to 64 letters, digits, dots, underscores and hyphens");
            }
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
