package io.livepatch.fleet.report;

/** Text that XML allows. */
final class Printable {
    private Printable() {}

    /** With a sign in the place of each character that no XML document may have, as control characters of a program's output. */
    static String of(String text) {
        return text.replaceAll("[^\\t\\n\\r\\x20-\\uD7FF\\uE000-\\uFFFD\\x{10000}-\\x{10FFFF}]", "\uFFFD");
    }
}
