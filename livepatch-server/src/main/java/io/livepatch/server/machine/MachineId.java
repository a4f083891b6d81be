package io.livepatch.server.machine;

import io.livepatch.storage.InvalidNameException;
import java.util.regex.Pattern;

/**
 * What a machine calls itself, usually the 32 hexadecimal digits of its {@code /etc/machine-id}.
 *
 * @param text one to 64 letters, digits, dots, underscores and hyphens
 */
public record MachineId(String text) {
    private static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    public MachineId {
        if (!PATTERN.matcher(text).matches()) {
            throw new InvalidNameException(
                    "machine id", text, "up to 64 letters, digits, dots, underscores and hyphens");
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
