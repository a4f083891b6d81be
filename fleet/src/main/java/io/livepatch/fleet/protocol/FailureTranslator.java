package io.livepatch.fleet.protocol;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Maps transport failures and error responses to {@link LivepatchException}s. */
final class FailureTranslator {
    private static final int MAX_DETAIL = 500;
    private static final int TOO_MANY_REQUESTS = 429;

    private FailureTranslator() {}

    /** Maps a failure without a response. */
    static LivepatchException of(URI uri, Throwable failure) {
        String where = "'" + ServerAddress.withoutQuery(uri) + "'";
        Optional<LivepatchException> ours = find(failure, LivepatchException.class);
        if (ours.isPresent()) {
            return ours.get();
        }
        if (find(failure, GeneralSecurityException.class).isPresent()
                || find(failure, SSLPeerUnverifiedException.class).isPresent()) {
            return new LivepatchException.Untrusted(
                    "the certificate of %s is not trusted (%s); configure the CA that signed it, or check the host name"
                            .formatted(where, reason(failure)),
                    failure);
        }
        if (find(failure, UnresolvedAddressException.class).isPresent()) {
            return unreachable("unknown host", "no address found for host '" + uri.getHost() + "'", failure);
        }
        if (find(failure, HttpTimeoutException.class).isPresent()) {
            return unreachable("timeout", "no connection to " + where + " in time", failure);
        }
        if (find(failure, ConnectException.class).isPresent()) {
            return unreachable(
                    refused(failure) ? "connection refused" : "no connection",
                    "no connection to " + where + ": " + Objects.requireNonNullElse(failure.getMessage(), "refused"),
                    failure);
        }
        if (failure instanceof IOException) {
            return unreachable(
                    reason(failure).contains("Too many open files") ? "too many open files" : "connection reset",
                    "connection to " + where + " failed: " + reason(failure),
                    failure);
        }
        return new LivepatchException.InvalidAnswer(
                "cannot use the response of " + where + ": " + reason(failure), failure);
    }

    /** Maps a response with an error status, or with an unexpected one. */
    static LivepatchException of(URI uri, HttpResponse<byte[]> answer, InstantSource clock) {
        int status = answer.statusCode();
        String where = "'" + ServerAddress.withoutQuery(uri) + "'";
        String detail = detail(answer).orElse("status " + status + " without a reason");
        if (status == TOO_MANY_REQUESTS || status >= 500) {
            Duration pause = HttpCalls.retryAfter(answer, clock).orElse(null);
            String when = pause == null ? "" : ", retry after " + pause.toSeconds() + " s";
            return new LivepatchException.Unreachable(
                    "status " + status,
                    "%s is unavailable (%d): %s%s".formatted(where, status, detail, when),
                    pause,
                    null);
        }
        if (status >= 400) {
            return new LivepatchException.Refused(
                    status, "%s refused the request (%d): %s".formatted(where, status, detail));
        }
        String target = answer.headers()
                .firstValue("Location")
                .map(to -> " to '" + InputSyntax.quotable(to, 200) + "'")
                .orElse("");
        return new LivepatchException.InvalidAnswer(
                "%s answered with status %d%s, is that the address of a livepatch server?"
                        .formatted(where, status, target),
                null);
    }

    /** The JDK's client omits the message of a refused connection. */
    private static boolean refused(Throwable failure) {
        return find(failure, ConnectException.class)
                .map(Throwable::getMessage)
                .map(message -> message.contains("refused"))
                .orElse(true);
    }

    private static LivepatchException unreachable(String kind, String message, Throwable cause) {
        return new LivepatchException.Unreachable(kind, message, null, cause);
    }

    private static Optional<String> detail(HttpResponse<byte[]> answer) {
        if (!answer.headers().firstValue("Content-Type").orElse("").contains("json")) {
            return Optional.empty();
        }
        try {
            JsonMessages.@Nullable Problem problem =
                    JsonMessages.JSON.readValue(answer.body(), JsonMessages.Problem.class);
            return Stream.ofNullable(problem)
                    .flatMap(some -> Stream.of(Optional.ofNullable(some.detail()), Optional.ofNullable(some.title())))
                    .flatMap(Optional::stream)
                    .findFirst()
                    .map(text -> InputSyntax.quotable(text, MAX_DETAIL));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : InputSyntax.quotable(message, 200);
    }

    private static <T extends Throwable> Optional<T> find(Throwable failure, Class<T> kind) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .limit(20)
                .filter(kind::isInstance)
                .map(kind::cast)
                .findFirst();
    }
}
