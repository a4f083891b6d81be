package io.livepatch.server.patch;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header {@code Repr-Digest} (RFC 9530), of which we know SHA-256. */
final class ReprDigest {
    static final String HEADER = "Repr-Digest";

    private static final int LONGEST = 1000;
    private static final Pattern SHA_256 = Pattern.compile("(?:^|,)\\s*sha-256=:([A-Za-z0-9+/]{43}=):\\s*(?:,|$)");

    private ReprDigest() {}

    static Sha256 sha256(@Nullable String header) {
        Matcher matcher = SHA_256.matcher(header == null || header.length() > LONGEST ? "" : header);
        if (!matcher.find()) {
            throw new ProblemException.BadRequest(
                    "an upload needs the header '" + HEADER + ": sha-256=:<base64 of the 32 bytes>:'");
        }
        return Sha256.from(Base64.getDecoder().decode(matcher.group(1)));
    }
}
