package io.livepatch.fleet;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The kernel that a machine runs, as patches name it: {@code 5.15.0-107.117-generic}.
 *
 * @param text base version, ABI number, build numbers and flavour; at most 100 characters
 */
public record KernelRelease(String text) {
    static final String PATTERN =
            "\\d{1,5}\\.\\d{1,5}\\.\\d{1,5}-\\d{1,9}(?:\\.\\d{1,9}){0,3}-[a-z][a-z0-9]*(?:-[a-z0-9]+)*";

    private static final Grammar GRAMMAR = Grammar.of("kernel", PATTERN, 100, "a release like 5.15.0-107.117-generic");
    private static final Pattern PARTS = Pattern.compile("(?<base>\\d+\\.\\d+)[^-]*-[^-]*-(?<flavour>.+)");

    public KernelRelease {
        GRAMMAR.check(text);
    }

    /** {@code 5.15}. */
    public String base() {
        return parts().group("base");
    }

    /** {@code generic}. */
    public String flavour() {
        return parts().group("flavour");
    }

    private Matcher parts() {
        Matcher matcher = PARTS.matcher(text);
        if (!matcher.matches()) {
            throw new AssertionError(text);
        }
        return matcher;
    }

    @Override
    public String toString() {
        return text;
    }
}
