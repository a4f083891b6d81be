package io.livepatch.common.http;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Decides which requests are allowed. The bearer token allows everything. An endpoint without a token allows everything to clients
 * of its loopback address, except for browsers: a page of another site makes them send {@code Origin} or {@code Sec-Fetch-Site}, and
 * DNS rebinding shows in {@code Host}.
 *
 * @param loopback whether the endpoint listens on a loopback address, which other machines cannot reach
 * @param token the {@code Authorization: Bearer} token that guarded routes require
 * @param hostOfAll whether the {@code Host} of every request that lacks the token must be a loopback name, if it is given at all;
 *     otherwise only that of requests to guarded routes, which must then give it
 * @param tokenOption the configuration key of the token, for messages
 * @param addressOption the configuration key of the address, for messages
 */
public record AccessFilter(
        boolean loopback, Optional<String> token, boolean hostOfAll, String tokenOption, String addressOption) {
    private static final String BEARER = "Bearer ";
    private static final Pattern LOOPBACK =
            Pattern.compile("(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1])\\.?(:\\d{1,5})?");

    /** Returns normally if the request is allowed. */
    void check(Headers headers, boolean guarded) {
        if (holdsToken(headers)) {
            return;
        }
        String host = headers.getFirst("Host");
        boolean localHost = host == null ? hostOfAll : LOOPBACK.matcher(host).matches();
        if (hostOfAll && loopback && !localHost) {
            throw new RequestException(
                    403, "this endpoint answers to localhost and 127.0.0.1, not to '%s'".formatted(host));
        }
        if (!guarded) {
            return;
        }
        if (token.isPresent()) {
            throw new RequestException(
                    401,
                    "this requires the token of %s, as 'Authorization: Bearer <token>'".formatted(tokenOption),
                    Map.of("WWW-Authenticate", "Bearer"));
        }
        if (!loopback) {
            throw new RequestException(
                    403,
                    "nothing can be changed here: this endpoint listens to other machines and has no token; set %s, or %s to 127.0.0.1"
                            .formatted(tokenOption, addressOption));
        }
        if (!localHost || isFromAnotherSite(headers)) {
            throw new RequestException(
                    403, "this is not allowed to a web page; use curl, or set %s".formatted(tokenOption));
        }
    }

    private static boolean isFromAnotherSite(Headers headers) {
        String site = headers.getFirst("Sec-Fetch-Site");
        return headers.containsKey("Origin") || (site != null && !"none".equals(site) && !"same-origin".equals(site));
    }

    /** Compares in constant time: the duration must not reveal how many leading bytes are right. */
    private boolean holdsToken(Headers headers) {
        String header = headers.getFirst("Authorization");
        if (token.isEmpty() || header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return false;
        }
        byte[] given = header.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(given, token.orElseThrow().getBytes(StandardCharsets.UTF_8));
    }

    /** Omits the token. */
    @Override
    public String toString() {
        return "AccessFilter[loopback=%s, token=%s]".formatted(loopback, token.isPresent());
    }
}
