package io.livepatch.fleet.protocol;

import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** When a server asks to come back. */
final class RetryAfter {

    private RetryAfter() {}

    /** RFC 9110, 10.2.3: seconds, or a date. Anything else is as good as nothing. */
    static Optional<Duration> of(HttpResponse<?> answer, InstantSource clock) {
        String text = answer.headers().firstValue("Retry-After").orElse("").strip();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (text.matches("\\d{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Instant until = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
            Duration left = Duration.between(clock.instant(), until);
            return Optional.of(left.isNegative() ? Duration.ZERO : left);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
