package io.livepatch.fleet.protocol;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Objects;

/**
 * Where a livepatch server is, and whether plain http will do.
 *
 * @param base scheme, host, port and path; no slash at its end
 * @param allowHttp true only if the operator said so: whoever sits on the line then reads the machine's token
 */
public record ServerAddress(URI base, boolean allowHttp) {
    private static final int MAX_LENGTH = 2048;

    public ServerAddress {
        checkAddress(base, allowHttp);
        if (base.getRawQuery() != null || base.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "'" + base + "' has more than host and path, expected https://host:port");
        }
    }

    /** Reads {@code https://host:port}. */
    public static ServerAddress parse(String text, boolean allowHttp) {
        try {
            return new ServerAddress(new URI(text.replaceAll("/+$", "")), allowHttp);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "'%s' is not a URL, expected https://host:port".formatted(InputSyntax.quotable(text, 200)), e);
        }
    }

    /** The address of a route, which begins with a slash and holds nothing that needs escaping. */
    URI route(String path) {
        return URI.create(base + path);
    }

    /** An address that the server named, if it is one that we go to. */
    URI accept(URI address) {
        checkAddress(address, allowHttp);
        return address;
    }

    private static void checkAddress(URI address, boolean allowHttp) {
        String scheme = Objects.requireNonNullElse(address.getScheme(), "").toLowerCase(Locale.ROOT);
        String shown = InputSyntax.quotable(withoutQuery(address), 200);
        if (scheme.equals("http") && !allowHttp) {
            throw new IllegalArgumentException("'" + shown + "' is not https, say --allow-http if that is meant");
        }
        boolean web = scheme.equals("https") || scheme.equals("http");
        if (!web || address.getHost() == null || address.toString().length() > MAX_LENGTH) {
            throw new IllegalArgumentException("'" + shown + "' is not a URL of a server, expected https://host:port");
        }
        if (address.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "the URL of host '" + address.getHost() + "' holds credentials, remove them");
        }
    }

    /** For messages: the query of a patch's URL lets whoever reads it fetch that patch. */
    static String withoutQuery(URI address) {
        return address.toString().replaceAll("[?#].*$", "");
    }

    @Override
    public String toString() {
        return base.toString();
    }
}
