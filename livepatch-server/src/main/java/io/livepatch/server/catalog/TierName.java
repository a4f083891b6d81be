package io.livepatch.server.catalog;

import io.livepatch.storage.InvalidNameException;
import java.util.regex.Pattern;

/**
 * The name of a tier, {@code stable}.
 *
 * @param name a lower-case letter, then up to 31 lower-case letters, digits and hyphens
 */
public record TierName(String name) {
    private static final Pattern PATTERN = Pattern.compile("[a-z][a-z0-9-]{0,31}");

    public TierName {
        if (!PATTERN.matcher(name).matches()) {
            throw new InvalidNameException("tier", name, "lower-case letters, digits and hyphens, like stable");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
