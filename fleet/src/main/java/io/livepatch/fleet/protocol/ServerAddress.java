package io.livepatch.fleet.protocol;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Objects;

/**
 * The base URL of a livepatch server.
 *
 * @param base scheme, host, port and path, without a trailing slash
 * @param allowHttp whether plain http is accepted, which exposes the machine's token on the network
 */
public record ServerAddress(URI base, boolean allowHttp) {
    private static final int MAX_LENGTH = 2048;

    public ServerAddress {
        checkAddress(base, allowHttp);
        if (base.getRawQuery() != null || base.getRawFragment() != null) {
            throw new IllegalArgumentException("'" + base + "' has a query or a fragment, expected https://host:port");
        }
    }

    /** Parses {@code https://host:port}. */
    public static ServerAddress parse(String text, boolean allowHttp) {
        try {
            return new ServerAddress(new URI(text.replaceAll("/+$", "")), allowHttp);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "'%s' is not a URL, expected https://host:port".formatted(InputSyntax.quotable(text, 200)), e);
        }
    }

    /** The URL of a path that begins with a slash and needs no escaping. */
    URI route(String path) {
        return URI.create(base + path);
    }

    /**
     * Resolves a reference in an answer of the server, whose URL may be relative (RFC 3986, 5.2): all requests have paths below the base.
     *
     * @throws IllegalArgumentException if it is not a URL; the message does not quote it, since its query may be a credential
     */
    URI resolve(String reference) {
        try {
            return route("/").resolve(new URI(reference));
        } catch (URISyntaxException e) {
            // Not as the cause: its message quotes the text.
            throw new IllegalArgumentException("'url' is not a URL");
        }
    }

    /** Checks a URL that the server sent. */
    URI accept(URI address) {
        checkAddress(address, allowHttp);
        return address;
    }

    private static void checkAddress(URI address, boolean allowHttp) {
        String scheme = Objects.requireNonNullElse(address.getScheme(), "").toLowerCase(Locale.ROOT);
        String shown = InputSyntax.quotable(withoutQuery(address), 200);
        if (scheme.equals("http") && !allowHttp) {
            throw new IllegalArgumentException("'" + shown + "' is not https, give --allow-http to accept that");
        }
        boolean web = scheme.equals("https") || scheme.equals("http");
        if (!web || address.getHost() == null || address.toString().length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "'" + shown + "' is not the URL of a server, expected https://host:port");
        }
        if (address.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "the URL of host '" + address.getHost() + "' contains credentials, remove them");
        }
    }

    /** For messages: the query of a patch's URL is a credential. */
    static String withoutQuery(URI address) {
        return address.toString().replaceAll("[?#].*$", "");
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
