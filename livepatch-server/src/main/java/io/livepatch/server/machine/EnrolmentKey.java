package io.livepatch.server.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.AsciiSet;
import io.livepatch.storage.Sha256;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A random secret of a client, sent with each enrolment: it identifies the client that enrolled the machine.
 *
 * @param text 22 to 128 characters of base64url, which hold at least 128 bits
 */
record EnrolmentKey(String text) {
    private static final AsciiSet BASE64URL = AsciiSet.of("A-Za-z0-9_-");
    private static final int MIN_LENGTH = 22;
    private static final int MAX_LENGTH = 128;

    EnrolmentKey {
        if (!BASE64URL.matches(text, MIN_LENGTH, MAX_LENGTH)) {
            throw new ProblemException.BadRequest("field 'enrolment-key' must be " + MIN_LENGTH + " to " + MAX_LENGTH
                    + " characters of base64url, made at random by the machine");
        }
    }

    /** Empty for clients that send none. */
    static Optional<EnrolmentKey> of(@Nullable String text) {
        return Optional.ofNullable(text).map(EnrolmentKey::new);
    }

    byte[] bytes() {
        return text.getBytes(US_ASCII);
    }

    Sha256 hash() {
        return Sha256.of(bytes());
    }

    @Override
    public String toString() {
        return "EnrolmentKey[…]";
    }
}
