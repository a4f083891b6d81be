package io.livepatch.server.auth;

import io.livepatch.storage.InvalidNameException;
import java.util.regex.Pattern;

/**
 * What an operator calls an auth token.
 *
 * @param label 1 to 64 letters, digits, dots, hyphens and underscores
 */
record TokenLabel(String label) {
    private static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    TokenLabel {
        if (!PATTERN.matcher(label).matches()) {
            throw new InvalidNameException(
                    "auth token id", label, "1 to 64 letters, digits, dots, hyphens and underscores");
        }
    }

    @Override
    public String toString() {
        return label;
    }
}
