package io.livepatch.storage;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel as patches name it: {@code 5.15.0-107.117-generic}, that is base version, ABI number, build numbers and flavour.
 *
 * <p>{@code uname -r} leaves the build number out ({@code 5.15.0-107-generic}); such a release parses too, and is a
 * different kernel from the full one.
 *
 * @param text the release, at most {@value #MAX_LENGTH} characters
 */
public record KernelRelease(String text) {
    /** Longest release that is accepted, in characters. */
    public static final int MAX_LENGTH = 100;

    static final String GRAMMAR =
            "\\d{1,5}\\.\\d{1,5}\\.\\d{1,5}-\\d{1,9}(?:\\.\\d{1,9}){0,3}-(?<flavour>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)";

    private static final Pattern PATTERN = Pattern.compile(GRAMMAR);

    public KernelRelease {
        if (text.length() > MAX_LENGTH || !PATTERN.matcher(text).matches()) {
            throw new InvalidNameException("kernel", text, "a release like 5.15.0-107.117-generic");
        }
    }

    /** What follows the numbers: {@code generic}, {@code aws}, {@code lowlatency-64k}. */
    public String flavour() {
        Matcher matcher = PATTERN.matcher(text);
        if (!matcher.matches()) {
            throw new AssertionError(text);
        }
        return matcher.group("flavour");
    }

    @Override
    public String toString() {
        return text;
    }
}
