package io.livepatch.storage;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The name of a kernel, in the format of its distribution: {@code 5.15.0-107.117-generic} and {@code 5.4.0-52.37~20.04-generic} (Ubuntu,
 * with the upload number), {@code 6.12.57+deb13-amd64}, {@code 5.14.0-427.13.1.el9_4.x86_64}. It is compared as a whole; parts are parsed
 * only where the format allows it. {@code uname -r} omits Ubuntu's upload number, so its output names a different kernel.
 *
 * @param text at most {@value #MAX_LENGTH} characters, none of them a slash or a control character
 */
public record KernelRelease(String text) {
    /** Maximum length of a release, in characters. */
    public static final int MAX_LENGTH = 100;

    private static final Pattern BASE_VERSION = Pattern.compile("(\\d{1,9}\\.\\d{1,9})(?!\\d).*");
    private static final AsciiSet FIRST_IN_FILE_NAME = AsciiSet.of("A-Za-z0-9");
    private static final AsciiSet IN_FILE_NAME = AsciiSet.of("A-Za-z0-9._+~-");

    public KernelRelease {
        if (!ForeignText.isName(text, MAX_LENGTH)) {
            throw new InvalidNameException(
                    "kernel", text, "1 to " + MAX_LENGTH + " characters without '/' and control characters");
        }
    }

    /** The first two numbers, {@code 5.15}; empty if it does not begin with them. */
    public Optional<String> baseVersion() {
        Matcher matcher = BASE_VERSION.matcher(text);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /**
     * The part after those that begin with a digit: {@code generic}, {@code cloud-amd64}, {@code lowlatency-64k}. May be empty.
     */
    public String flavour() {
        return Arrays.stream(text.split("-", -1))
                .dropWhile(part -> !part.isEmpty() && Character.isDigit(part.charAt(0)))
                .collect(Collectors.joining("-"));
    }

    /** Whether the file name of a patch can contain it: letters, digits and {@code . _ + ~ -}. Other kernels cannot have patches. */
    boolean fitsFileName() {
        return FIRST_IN_FILE_NAME.contains(text.charAt(0)) && IN_FILE_NAME.matches(text, 1, MAX_LENGTH);
    }

    @Override
    public String toString() {
        return text;
    }
}
