package io.livepatch.fleet.config;

import io.livepatch.fleet.Secret;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code api}: where this replica answers. */
final class ApiSection {
    private static final Pattern ADDRESS =
            Pattern.compile("(?<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9a-fA-F:.]+])?:(?<port>\\d{1,5})");

    static final Key<InetSocketAddress> LISTEN =
            Readings.text("listen", "an address such as 127.0.0.1:8190 or :8190", ApiSection::address);
    static final Key<Secret> TOKEN_FILE = Readings.file("token-file", "the path of a file with a token", Secret::new);
    static final Section API = Section.of("api", List.of(LISTEN, TOKEN_FILE));

    private ApiSection() {}

    static ApiConfig read(Values values) {
        return new ApiConfig(
                values.get(LISTEN).orElseGet(() -> address(ApiConfig.DEFAULT_LISTEN)), values.get(TOKEN_FILE));
    }

    private static InetSocketAddress address(String text) {
        Matcher matcher = ADDRESS.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > 65_535) {
            throw new IllegalArgumentException("'%s' is not host:port".formatted(text));
        }
        String host = matcher.group("host") == null ? "0.0.0.0" : matcher.group("host");
        InetSocketAddress address =
                new InetSocketAddress(host.replaceAll("[\\[\\]]", ""), Integer.parseInt(matcher.group("port")));
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("'%s' names a host that cannot be resolved".formatted(text));
        }
        return address;
    }
}
