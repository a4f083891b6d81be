package io.livepatch.server.machine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A token as it came in {@code Authorization: Bearer …} (RFC 6750).
 *
 * @param text secret; stays in memory for as long as its request
 */
record BearerToken(String text) {
    private static final int MAX_LENGTH = 512;
    private static final Pattern HEADER = Pattern.compile("(?i:bearer) +(?<token>[A-Za-z0-9._~+/-]+=*) *");
    private static final String BEARER = "'Authorization: Bearer <token>'";

    /**
     * Reads the value of the header.
     *
     * @throws ProblemException.Unauthorized if there is none, or none that can be read
     */
    static BearerToken of(Optional<String> header) {
        String value = header.orElseThrow(() -> new ProblemException.Unauthorized("send " + BEARER));
        Matcher matcher = HEADER.matcher(value);
        if (value.length() > MAX_LENGTH || !matcher.matches()) {
            throw new ProblemException.Unauthorized("the Authorization header is malformed; send " + BEARER);
        }
        return new BearerToken(matcher.group("token"));
    }

    Sha256 hash() {
        return Sha256.of(text.getBytes(UTF_8));
    }

    @Override
    public String toString() {
        return "BearerToken[…]";
    }
}
