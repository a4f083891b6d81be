package io.livepatch.fleet;

/**
 * The version of a patch, {@code 107.1}. A client never orders versions: which one is due is for the server to say.
 *
 * @param text one to four numbers without leading zeros, joined by dots
 */
public record PatchVersion(String text) {
    static final String PATTERN = "(?:0|[1-9]\\d{0,8})(?:\\.(?:0|[1-9]\\d{0,8})){0,3}";

    private static final InputSyntax GRAMMAR =
            InputSyntax.of("patch version", PATTERN, 40, "one to four numbers like 107.1");

    public PatchVersion {
        GRAMMAR.check(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
