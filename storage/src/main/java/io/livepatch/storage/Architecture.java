package io.livepatch.storage;

/**
 * The name of a processor architecture. Patches use Debian's names: {@code amd64}, {@code arm64}, {@code s390x}, {@code ppc64el}. A
 * machine may send another name, for which there is no patch.
 *
 * @param name at most {@value #MAX_LENGTH} letters, digits and {@code . _ + -}
 */
public record Architecture(String name) {
    /** Maximum length of a name, in characters. */
    public static final int MAX_LENGTH = 32;

    private static final AsciiSet CHARACTERS = AsciiSet.of("A-Za-z0-9._+-");
    private static final AsciiSet FIRST_IN_FILE_NAME = AsciiSet.of("a-z");
    private static final AsciiSet IN_FILE_NAME = AsciiSet.of("a-z0-9");
    private static final int MIN_LENGTH_IN_FILE_NAME = 2;
    private static final int MAX_LENGTH_IN_FILE_NAME = 16;

    public Architecture {
        if (!CHARACTERS.matches(name, 1, MAX_LENGTH)) {
            throw new InvalidNameException("architecture", name, "Debian's name for it, like amd64 or arm64");
        }
    }

    /** Whether the file name of a patch can contain it: two to sixteen lower-case letters and digits. */
    boolean fitsFileName() {
        return FIRST_IN_FILE_NAME.contains(name.charAt(0))
                && IN_FILE_NAME.matches(name, MIN_LENGTH_IN_FILE_NAME, MAX_LENGTH_IN_FILE_NAME);
    }

    @Override
    public String toString() {
        return name;
    }
}
