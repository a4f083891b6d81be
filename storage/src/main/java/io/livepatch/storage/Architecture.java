package io.livepatch.storage;

/**
 * A processor architecture in Debian's spelling: {@code amd64}, {@code arm64}, {@code s390x}, {@code ppc64el}.
 *
 * @param name two to sixteen lower-case letters and digits
 */
public record Architecture(String name) {
    private static final AsciiSet FIRST = AsciiSet.of("a-z");
    private static final AsciiSet CHARACTERS = AsciiSet.of("a-z0-9");
    private static final int SHORTEST = 2;
    private static final int LONGEST = 16;

    public Architecture {
        if (!CHARACTERS.makes(name, SHORTEST, LONGEST) || !FIRST.contains(name.charAt(0))) {
            throw new InvalidNameException("architecture", name, "Debian's name for it, like amd64 or arm64");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
