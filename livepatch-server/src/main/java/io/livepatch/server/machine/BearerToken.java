package io.livepatch.server.machine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.AsciiSet;
import io.livepatch.storage.Sha256;
import java.util.Optional;

/**
 * The token of a header {@code Authorization: Bearer …} (RFC 6750).
 */
record BearerToken(String text) {
    private static final int MAX_LENGTH = 512;
    private static final String SCHEME = "Bearer ";
    private static final AsciiSet CHARACTERS = AsciiSet.of("A-Za-z0-9._~+/-");
    private static final String BEARER = "'Authorization: Bearer <token>'";

    /**
     * Parses the value of the header.
     *
     * @throws ProblemException.Unauthorized if it is absent or malformed
     */
    static BearerToken of(Optional<String> header) {
        String value = header.orElseThrow(() -> new ProblemException.Unauthorized("send " + BEARER));
        String token =
                value.regionMatches(true, 0, SCHEME, 0, SCHEME.length()) ? withoutSpaces(value, SCHEME.length()) : "";
        if (value.length() > MAX_LENGTH || !wellFormed(token)) {
            throw new ProblemException.Unauthorized("the Authorization header is malformed; send " + BEARER);
        }
        return new BearerToken(token);
    }

    private static String withoutSpaces(String value, int start) {
        int from = start;
        int to = value.length();
        while (from < to && value.charAt(from) == ' ') {
            from++;
        }
        while (from < to && value.charAt(to - 1) == ' ') {
            to--;
        }
        return value.substring(from, to);
    }

    /** RFC 6750, section 2.1: {@code b64token}. */
    private static boolean wellFormed(String token) {
        int end = token.length();
        while (end > 0 && token.charAt(end - 1) == '=') {
            end--;
        }
        return end > 0 && CHARACTERS.containsAll(token, 0, end);
    }

    byte[] bytes() {
        return text.getBytes(UTF_8);
    }

    Sha256 hash() {
        return Sha256.of(bytes());
    }

    @Override
    public String toString() {
        return "BearerToken[…]";
    }
}
