package io.livepatch.fleet.protocol;

import static io.livepatch.fleet.ScriptedServer.answer;
import static io.livepatch.fleet.ScriptedServer.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.testing.TestCertificate;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CA certificates that a machine takes from a server, and those that it refuses. */
final class PublishedAuthoritiesTest {
    @TempDir
    static Path directory;

    private static TestCertificate current;
    private static TestCertificate next;

    @BeforeAll
    static void createCertificates() throws Exception {
        current = TestCertificate.of(directory, "DNS:localhost");
        next = TestCertificate.of(directory, "DNS:localhost");
    }

    /** Calls a server with the current certificate. */
    private static Optional<String> published(ScriptedServer.Reply reply) throws Exception {
        try (ScriptedServer server = ScriptedServer.https(current.server()).reply(reply)) {
            return published(server, Instant::now);
        }
    }

    private static Optional<String> published(ScriptedServer server, InstantSource clock) {
        try (HttpClient http = LivepatchClient.newHttpClient(Optional.of(CaBundle.parse(current.pem())))) {
            return new LivepatchClient(
                            ServerAddress.parse(server.uri("").toString(), true),
                            http,
                            Samples.QUICK,
                            clock,
                            new Random(1))
                    .publishedAuthorities()
                    .map(CaBundle::pem);
        }
    }

    private static AbstractThrowableAssert<?, ?> assertRefused(ScriptedServer.Reply reply) {
        return assertThatThrownBy(() -> published(reply)).isInstanceOf(LivepatchException.InvalidAnswer.class);
    }

    @Test
    void aNextAuthorityIsTakenBesidesTheCurrentOne() throws Exception {
        String both = current.pem() + next.pem();

        assertThat(published(answer(200, both))).contains(both);
        assertThat(published(answer(200, current.pem()))).contains(current.pem());
    }

    @Test
    void aServerOfAnEarlierReleasePublishesNone() throws Exception {
        assertThat(published(problem(404, "there is no such route here"))).isEmpty();
    }

    @Test
    void certificatesWithoutTheAuthorityOfTheConnectionAreRefused() {
        assertRefused(answer(200, next.pem())).hasMessageContaining("none of its certificates is the CA of this");
    }

    @Test
    void nothingIsTakenOverPlainHttp() throws Exception {
        try (ScriptedServer server = ScriptedServer.http().reply(answer(200, current.pem()))) {
            assertThatThrownBy(() -> published(server, Instant::now))
                    .isInstanceOf(LivepatchException.InvalidAnswer.class)
                    .hasMessageContaining("not encrypted");
        }
    }

    /** Otherwise any page of the server that redirects could name an authority. */
    @Test
    void aRedirectIsNotFollowed() throws Exception {
        try (ScriptedServer other = ScriptedServer.https(current.server()).reply(answer(200, current.pem()))) {
            assertRefused(answer(302, "", "Location: " + other.uri("/v1/ca-certs")))
                    .hasMessageContaining("status 302");
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void aServerThatIsNotTrustedIsNotAsked() throws Exception {
        try (ScriptedServer server = ScriptedServer.https(next.server()).reply(answer(200, next.pem()))) {
            assertThatThrownBy(() -> published(server, Instant::now)).isInstanceOf(LivepatchException.Untrusted.class);
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void textThatIsNoBundleOfAuthoritiesIsRefused() throws Exception {
        String leaf = TestCertificate.of(directory, "DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE")
                .pem();
        String noSigner = TestCertificate.of(
                        directory, "DNS:localhost", "-addext", "keyUsage=critical,digitalSignature")
                .pem();

        assertRefused(answer(200, "<html>")).hasMessageContaining("BEGIN CERTIFICATE");
        assertRefused(answer(200, "")).hasMessageContaining("BEGIN CERTIFICATE");
        assertRefused(answer(200, current.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"))
                .hasMessageContaining("cannot be read");
        assertRefused(answer(200, current.pem() + leaf)).hasMessageContaining("'CN=test' is no CA");
        assertRefused(answer(200, current.pem() + noSigner)).hasMessageContaining("'CN=test' is no CA");
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 9; i++) {
            many.append(TestCertificate.of(directory, "DNS:localhost").pem());
        }
        assertRefused(answer(200, many.toString())).hasMessageContaining("9 certificates, expected at most 8");
    }

    @Test
    void anAnswerOfTenMegabytesIsRefused() {
        assertRefused(answer(200, current.pem() + " ".repeat(10_000_000))).hasMessageContaining("bytes allowed");
    }

    @Test
    void anAnswerThatIsCutShortIsRefused() {
        assertThatThrownBy(() -> published((request, out) -> {
                    out.write(ScriptedServer.head(200, 2L * current.pem().length()));
                    out.write(current.pem().getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                }))
                .isInstanceOf(LivepatchException.Unreachable.class);
    }

    @Test
    void anExpiredAuthorityIsRefused() throws Exception {
        try (ScriptedServer server = ScriptedServer.https(current.server()).reply(answer(200, current.pem()))) {
            assertThatThrownBy(() -> published(server, () -> Instant.now().plus(Duration.ofDays(3))))
                    .isInstanceOf(LivepatchException.InvalidAnswer.class)
                    .hasMessageContaining("'CN=test' has expired on ");
        }
    }
}
