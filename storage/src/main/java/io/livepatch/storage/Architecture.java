package io.livepatch.storage;

import java.util.regex.Pattern;

/**
 * A processor architecture in Debian's spelling: {@code amd64}, {@code arm64}, {@code s390x}, {@code ppc64el}.
 *
 * @param name two to sixteen lower-case letters and digits
 */
public record Architecture(String name) {
    private static final Pattern PATTERN = Pattern.compile("[a-z][a-z0-9]{1,15}");

    public Architecture {
        if (!PATTERN.matcher(name).matches()) {
            throw new InvalidNameException("architecture", name, "Debian's name for it, like amd64 or arm64");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
