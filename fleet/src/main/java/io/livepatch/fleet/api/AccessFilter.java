package io.livepatch.fleet.api;

import com.sun.net.httpserver.Headers;
import io.livepatch.common.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may change something: whoever has the token. Without one in the settings, whoever reaches this loopback address, but no browser that was
 * talked into it: neither by a page from elsewhere (which browsers tell with {@code Origin} or {@code Sec-Fetch-Site}) nor by a name that was made
 * to mean 127.0.0.1 (which stands in {@code Host}).
 */
final class AccessFilter {
    private static final String BEARER = "Bearer ";
    private static final Pattern LOOPBACK =
            Pattern.compile("(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1])\\.?(:\\d{1,5})?");

    private final boolean loopback;
    private final Optional<Secret> token;

    AccessFilter(ApiSettings settings) {
        this.loopback = settings.loopback();
        this.token = settings.token();
    }

    /** Returns when the request may go on. */
    void check(Headers headers, boolean guarded) {
        if (!guarded || holdsToken(headers)) {
            return;
        }
        if (token.isPresent()) {
            throw new RequestException(
                    401,
                    "this needs the token of api.token-file, as 'Authorization: Bearer <token>'",
                    Map.of("WWW-Authenticate", "Bearer"));
        }
        if (!loopback) {
            throw new RequestException(
                    403,
                    "nothing can be changed here: this API listens to other machines and has no token; set api.token-file, or api.listen to 127.0.0.1");
        }
        String host = headers.getFirst("Host");
        if (host == null
                || !LOOPBACK.matcher(host).matches()
                || headers.containsKey("Origin")
                || isFromElsewhere(headers.getFirst("Sec-Fetch-Site"))) {
            throw new RequestException(403, "this cannot be asked for by a web page; use curl, or set api.token-file");
        }
    }

    private static boolean isFromElsewhere(@Nullable String site) {
        return site != null && !"none".equals(site) && !"same-origin".equals(site);
    }

    /** Takes as long for a token that is nearly right as for any other. */
    private boolean holdsToken(Headers headers) {
        String header = headers.getFirst("Authorization");
        if (token.isEmpty() || header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return false;
        }
        byte[] given = header.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(given, token.orElseThrow().reveal().getBytes(StandardCharsets.UTF_8));
    }
}
