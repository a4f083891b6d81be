package io.livepatch.server.machine;

import io.livepatch.storage.AsciiSet;
import io.livepatch.storage.InvalidNameException;

/**
 * What a machine calls itself, usually the 32 hexadecimal digits of its {@code /etc/machine-id}.
 *
 * @param text one to 64 letters, digits, dots, underscores and hyphens
 */
public record MachineId(String text) {
    private static final AsciiSet CHARACTERS = AsciiSet.of("A-Za-z0-9._-");
    private static final int LONGEST = 64;

    public MachineId {
        if (!CHARACTERS.matches(text, 1, LONGEST)) {
            throw new InvalidNameException(
                    "machine id", text, "up to 64 letters, digits, dots, underscores and hyphens");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
