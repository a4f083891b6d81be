package io.livepatch.supervisor.admin;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests are allowed. A request with the token is allowed everything. Without a token in the settings every client of
 * the loopback address is, except for a browser that acts for a page of another site (it sends {@code Origin} or
 * {@code Sec-Fetch-Site}) or under a name that was made to resolve to 127.0.0.1 (DNS rebinding; the name is in {@code Host}).
 */
final class AccessFilter {

    private static final String BEARER = "Bearer ";
    private static final Pattern LOOPBACK =
            Pattern.compile("(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1])\\.?(:\\d{1,5})?");

    private final boolean loopback;
    private final Optional<String> token;

    AccessFilter(AdminSettings settings) {
        this.loopback = settings.loopback();
        this.token = settings.token();
    }

    /** Returns when the request may go on. */
    void check(Headers headers, boolean guarded) {
        if (token.isPresent() && holdsToken(headers)) {
            return;
        }
        String host = headers.getFirst("Host");
        if (loopback && host != null && !LOOPBACK.matcher(host).matches()) {
            throw new RequestException(
                    403, "this endpoint answers to localhost and 127.0.0.1, not to '%s'".formatted(host));
        }
        if (!guarded) {
            return;
        }
        if (token.isPresent()) {
            throw new RequestException(
                    401,
                    "this needs the token of admin.token_file, as 'Authorization: Bearer <token>'",
                    "WWW-Authenticate",
                    "Bearer");
        }
        if (headers.containsKey("Origin") || isFromElsewhere(headers.getFirst("Sec-Fetch-Site"))) {
            throw new RequestException(403, "this cannot be asked for by a web page; use curl, or set a token");
        }
    }

    private static boolean isFromElsewhere(@Nullable String site) {
        return site != null && !"none".equals(site) && !"same-origin".equals(site);
    }

    /** Takes as long for a token that is nearly right as for any other. */
    private boolean holdsToken(Headers headers) {
        String header = headers.getFirst("Authorization");
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return false;
        }
        byte[] given = header.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(given, token.orElseThrow().getBytes(StandardCharsets.UTF_8));
    }
}
