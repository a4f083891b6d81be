package io.livepatch.fleet.config;

import io.livepatch.fleet.CaBundle;
import io.livepatch.fleet.Secret;
import io.livepatch.fleet.ServerUrl;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Transport;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code server}: whom the machines talk to. */
final class ServerSection {
    /** How machines keep their connections. */
    enum Connections {
        KEEP,
        NEW
    }

    static final Key<String> URL = Readings.text("url", "https://host:port", text -> text);
    static final Key<Boolean> ALLOW_HTTP = Readings.truth("allow-http");
    static final Key<CaBundle> CA_CERTS = Readings.file("ca-certs", "the path of a PEM file", CaBundle::parse);
    static final Key<Secret> AUTH_TOKEN = Readings.text("auth-token", "an auth token", Secret::new);
    static final Key<Secret> AUTH_TOKEN_FILE =
            Readings.file("auth-token-file", "the path of a file with an auth token", Secret::new);
    static final Key<Boolean> HTTP = Readings.text("http", "1.1 or 2", ServerSection::http2);
    static final Key<Connections> CONNECTIONS = Readings.word("connections", Connections.class);
    static final Key<Integer> IN_FLIGHT = Readings.whole("in-flight", 1, 1_000_000);
    static final Key<Duration> TIMEOUT = Readings.duration("timeout", Duration.ofMillis(1), Duration.ofHours(1));
    static final String LOCAL_ADDRESSES = "local-addresses";
    static final Section SERVER = Section.of(
            "server",
            List.of(URL, ALLOW_HTTP, CA_CERTS, AUTH_TOKEN, AUTH_TOKEN_FILE, HTTP, CONNECTIONS, IN_FLIGHT, TIMEOUT),
            LOCAL_ADDRESSES);

    private ServerSection() {}

    static Optional<Target> read(Values values) {
        boolean allowHttp = values.get(ALLOW_HTTP).orElse(false);
        Optional<ServerUrl> url = values.require(URL).flatMap(text -> url(values, text, allowHttp));
        if (values.has(AUTH_TOKEN.name()) && values.has(AUTH_TOKEN_FILE.name())) {
            values.note(AUTH_TOKEN.name(), "is given beside 'auth-token-file'; keep one of them");
        }
        Optional<Secret> inline = values.get(AUTH_TOKEN);
        Optional<Secret> token = values.get(AUTH_TOKEN_FILE).or(() -> inline);
        Optional<CaBundle> authorities = values.get(CA_CERTS);
        Transport transport = transport(values);
        return url.map(server -> new Target(server, authorities, token, transport));
    }

    private static Transport transport(Values values) {
        boolean http2 = values.get(HTTP).orElse(Transport.USUAL.http2());
        boolean anew = values.get(CONNECTIONS).orElse(Connections.KEEP) == Connections.NEW;
        if (http2 && anew) {
            values.note(
                    CONNECTIONS.name(),
                    "cannot be new over h2, where all machines share a few; leave it out, or 'http: 1.1'");
            anew = false;
        }
        List<InetAddress> local = values.list(LOCAL_ADDRESSES, node -> LocalAddress.parse(Readings.scalar(node)));
        Duration timeout = values.get(TIMEOUT).orElse(Transport.USUAL.timeout());
        int inFlight = values.get(IN_FLIGHT).orElse(Transport.USUAL.inFlight());
        return new Transport(http2, anew, local, inFlight, timeout);
    }

    private static Optional<ServerUrl> url(Values values, String text, boolean allowHttp) {
        if (text.startsWith("http://") && !allowHttp) {
            values.note(
                    URL.name(), "is plain http, over which anybody reads tokens; give https, or 'allow-http: true'");
            return Optional.empty();
        }
        try {
            return Optional.of(ServerUrl.parse(text, allowHttp));
        } catch (IllegalArgumentException e) {
            values.note(URL.name(), String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static boolean http2(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "1.1", "1", "http/1.1" -> false;
            case "2", "2.0", "h2", "http/2" -> true;
            default -> throw new IllegalArgumentException("'%s' is not known".formatted(text));
        };
    }
}
