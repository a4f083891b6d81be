package io.livepatch.fleet.protocol;

import static io.livepatch.fleet.ScriptedServer.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.Samples;
import io.livepatch.fleet.ScriptedServer;
import io.livepatch.testing.TestCertificate;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrustTest {
    @TempDir
    Path directory;

    private static void ask(ScriptedServer server, Optional<CaBundle> authorities) {
        try (HttpClient http = LivepatchClient.newHttpClient(authorities)) {
            LivepatchClient client =
                    ClientFixture.client(ServerAddress.parse(server.uri("").toString(), false), http, Samples.QUICK);
            assertThat(client.checkIn(Samples.CREDENTIALS, CheckInReport.of(Samples.PLATFORM, "0")))
                    .isEqualTo(new CheckInAnswer.NothingToDo());
        }
    }

    @Test
    void serverSignedByTheGivenAuthorityIsTrusted() throws Exception {
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost");
        try (ScriptedServer server = ScriptedServer.https(certificate.server()).reply(answer(204, ""))) {
            ask(server, Optional.of(CaBundle.parse(certificate.pem())));
        }
    }

    @Test
    void serverOfAnotherAuthorityIsNotTrustedAndNotRetried() throws Exception {
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost");
        TestCertificate other = TestCertificate.of(directory, "DNS:localhost");
        try (ScriptedServer server = ScriptedServer.https(certificate.server()).reply(answer(204, ""))) {
            assertThatThrownBy(() -> ask(server, Optional.of(CaBundle.parse(other.pem()))))
                    .isInstanceOf(LivepatchException.Untrusted.class)
                    .hasMessageContaining("is not trusted");
            assertThatThrownBy(() -> ask(server, Optional.empty())).isInstanceOf(LivepatchException.Untrusted.class);
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void certificateForAnotherHostIsNotTrusted() throws Exception {
        TestCertificate certificate = TestCertificate.of(directory, "DNS:elsewhere.example");
        try (ScriptedServer server = ScriptedServer.https(certificate.server()).reply(answer(204, ""))) {
            assertThatThrownBy(() -> ask(server, Optional.of(CaBundle.parse(certificate.pem()))))
                    .isInstanceOf(LivepatchException.Untrusted.class)
                    .hasMessageContaining("localhost");
        }
    }

    @Test
    void redirectFromHttpsToHttpIsNotFollowed() throws Exception {
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost");
        byte[] bytes = Samples.bytes(10);
        try (ScriptedServer plain = ScriptedServer.http().reply(answer(200, bytes));
                ScriptedServer server = ScriptedServer.https(certificate.server())
                        .reply(answer(302, "", "Location: " + plain.uri("/p")));
                HttpClient http = LivepatchClient.newHttpClient(Optional.of(CaBundle.parse(certificate.pem())))) {
            LivepatchClient client =
                    ClientFixture.client(ServerAddress.parse(server.uri("").toString(), true), http, Samples.QUICK);

            assertThatThrownBy(() -> client.download(
                            Samples.offer(bytes, server.uri("/p")),
                            directory,
                            CheckInAnswer.NothingToDo::new,
                            received -> {}))
                    .isInstanceOf(LivepatchException.InvalidAnswer.class)
                    .hasMessageContaining("from https to http");
            assertThat(plain.requests()).isEmpty();
        }
    }
}
