package io.livepatch.fleet.protocol;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The kernel and the architecture of a machine, which select its patches.
 *
 * @param architecture usually Debian's name, such as {@code amd64}, {@code arm64}, {@code s390x}, {@code ppc64el}
 */
public record Platform(KernelRelease kernel, String architecture) {
    static final String ARCHITECTURE_IN_FILE_NAME = "[a-z][a-z0-9]{1,15}";

    private static final InputSyntax GRAMMAR =
            InputSyntax.of("architecture", "[A-Za-z0-9._+-]+", 32, "Debian's name for it, like amd64 or arm64");

    public Platform {
        GRAMMAR.check(architecture);
    }

    /**
     * The kernel that a machine runs, as its distribution names it: {@code 5.15.0-107.117-generic}, {@code 5.4.0-52.37~20.04-generic},
     * {@code 6.12.57+deb13-amd64}. Sent unchanged; no particular form is required.
     *
     * @param text 1 to 100 characters, none of them a slash, a control or format character, or half of a surrogate pair
     */
    public record KernelRelease(String text) {
        /** The kernel within the file name of a patch; a kernel with any other name has no patch. */
        static final String IN_FILE_NAME = "[A-Za-z0-9][A-Za-z0-9._+~-]*";

        private static final InputSyntax GRAMMAR = InputSyntax.of(
                "kernel",
                "[^/\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]+",
                100,
                "1 to 100 characters without '/' and control characters");
        private static final Pattern BASE = Pattern.compile("(\\d{1,9}\\.\\d{1,9})(?!\\d).*");

        public KernelRelease {
            GRAMMAR.check(text);
        }

        /** The first two numbers, {@code 5.15}; the whole name if it does not begin with two. */
        public String base() {
            Matcher matcher = BASE.matcher(text);
            return matcher.matches() ? matcher.group(1) : text;
        }

        /** The rest after the parts that begin with a digit: {@code generic}, {@code cloud-amd64}; may be empty. */
        public String flavour() {
            return Arrays.stream(text.split("-", -1))
                    .dropWhile(part -> !part.isEmpty() && Character.isDigit(part.charAt(0)))
                    .collect(Collectors.joining("-"));
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
