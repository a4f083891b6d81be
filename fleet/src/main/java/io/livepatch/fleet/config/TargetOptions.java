package io.livepatch.fleet.config;

import io.livepatch.common.config.Checked;
import io.livepatch.common.config.Option;
import io.livepatch.common.config.OptionGroup;
import io.livepatch.common.config.Secret;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import io.livepatch.fleet.protocol.Credentials;
import io.livepatch.fleet.protocol.ServerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Section {@code server}: the server under test. */
@OptionGroup(
        rule = OptionGroup.Rule.AT_MOST_ONE,
        keys = {"auth-token-file", "auth-token"})
record TargetOptions(
        @Option(value = "the URL of the server", expected = "https://host:port")
        String url,

        @Option(value = "whether `url` may be plain http, which exposes tokens on the network", byDefault = "false")
        boolean allowHttp,

        @Option(value = "the CAs to trust; without it, those of the system", expected = "the path of a PEM file")
        Optional<FileValue.Authorities> caCerts,

        @Option(value = "the auth token that enrols machines", expected = "an auth token", secret = true)
        Optional<AuthToken> authToken,

        @Option(
                value = "a file with the auth token that enrols machines",
                expected = "the path of a file with an auth token",
                secret = true)
        Optional<FileValue.Token> authTokenFile,

        @Option(value = "the version of HTTP", byDefault = "1.1", expected = "1.1 or 2")
        Http http,

        @Option(
                value =
                        "`new`: a connection for each iteration, as of a machine that polls hourly; TLS sessions are resumed",
                byDefault = "keep")
        Connections connections,

        @Option(
                value = "the maximum number of calls that wait for response headers, on each replica",
                byDefault = "1000",
                min = "1",
                max = "1000000")
        int inFlight,

        @Option(value = "the timeout of a call", byDefault = "30s", min = "1ms", max = "1h", example = "5m30s")
        Duration timeout,

        @Option(
                value =
                        "the source addresses of connections, a machine's always the same one; without it, the system chooses",
                expected = "a list of IP addresses of this machine")
        List<LocalAddress> localAddresses)
        implements Checked {

    /** An auth token in the file itself. */
    record AuthToken(Secret secret) {
        static AuthToken parse(String text) {
            return new AuthToken(Credentials.token(text));
        }
    }

    /** Whether iterations keep their connections. */
    enum Connections {
        KEEP,
        NEW
    }

    enum Http {
        ONE,
        TWO;

        static Http parse(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "1.1", "1", "http/1.1" -> ONE;
                case "2", "2.0", "h2", "http/2" -> TWO;
                default -> throw new IllegalArgumentException("is not a known version");
            };
        }
    }

    /** An address of this machine. */
    record LocalAddress(InetAddress address) {
        /** Uses no name service. */
        static LocalAddress parse(String text) {
            InetAddress address;
            try {
                address = InetAddress.ofLiteral(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("is not an IP address", e);
            }
            // No interface lists all of 127.0.0.0/8, which is usable nevertheless, so only an attempt to bind shows it.
            try (ServerSocket _ = new ServerSocket(0, 1, address)) {
                return new LocalAddress(address);
            } catch (IOException e) {
                throw new IllegalArgumentException("is not an address of this machine (" + e.getMessage() + ")", e);
            }
        }
    }

    @Override
    public void check(Notes notes) {
        if (url.startsWith("http://") && !allowHttp) {
            notes.problem("url", "is plain http, which exposes tokens", "give https, or 'allow-http: true'");
        } else {
            try {
                ServerAddress.parse(url, allowHttp);
            } catch (IllegalArgumentException e) {
                notes.problem("url", String.valueOf(e.getMessage()), "");
            }
        }
        if (http == Http.TWO && connections == Connections.NEW) {
            notes.problem(
                    "connections",
                    "cannot be new over h2, where all machines share a few connections",
                    "leave it out, or 'http: 1.1'");
        }
    }

    Target target() {
        return new Target(
                ServerAddress.parse(url, allowHttp),
                caCerts.map(FileValue.Authorities::bundle),
                authTokenFile.map(FileValue.Token::secret).or(() -> authToken.map(AuthToken::secret)),
                new Transport(
                        http == Http.TWO,
                        connections == Connections.NEW,
                        localAddresses.stream().map(LocalAddress::address).toList(),
                        inFlight,
                        timeout));
    }
}
