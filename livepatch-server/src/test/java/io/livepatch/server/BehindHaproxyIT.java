package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A unit behind a real haproxy that has one backend for bytes and one for check-ins, each with the unit's own check for it. */
final class BehindHaproxyIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final byte[] BYTES = PatchFiles.bytes(PATCH, 1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int DOWNLOADS = 300;

    @TempDir
    Path work;

    @Test
    void downloadsWorkWithoutTheDatabaseAndHaproxyDetectsTheLossOfCheckIns() throws Exception {
        try (PostgresServer postgres = PostgresServer.start();
                TestDatabase database = TestDatabase.on(postgres)) {
            Map<String, String> environment = ServerProcess.environment(database.dsn(), work.resolve("store"));
            try (ServerProcess server = ServerProcess.ready(environment)) {
                throughHaproxy(postgres, server, environment.get("LP_SERVER_SERVER_ADDRESS"));
            }
        }
    }

    private void throughHaproxy(PostgresServer postgres, ServerProcess server, String address) throws Exception {
        Api unit = server.api();
        String session = unit.logIn();
        unit.upload(session, PATCH, Sha256.of(BYTES), BodyPublishers.ofByteArray(BYTES));
        String token = unit.enrol("one", unit.authToken(session, "one", "edge"));
        int port = FreePorts.one();
        Process haproxy = haproxy(port, address);
        try {
            Api api = new Api(port);
            await("haproxy has found both")
                    .atMost(PATIENCE)
                    .until(() -> checkIn(api, token) == 200 && download(api, token) == 200);

            String url = api.checkIn("one", token, 1).json().path("url").asString();
            assertThat(url).as("the address of haproxy").startsWith("http://127.0.0.1:" + port + "/v1/patches/");
            assertThat(api.get(url, "").body()).isEqualTo(BYTES);

            postgres.stop();
            AtomicInteger failed = new AtomicInteger();
            // haproxy's own 503 has no Retry-After; it appears once haproxy sends the unit no more requests.
            await("haproxy has taken the unit out for check-ins")
                    .atMost(PATIENCE)
                    .until(() -> {
                        failed.addAndGet(download(api, token) == 200 ? 0 : 1);
                        Api.Answer answer = api.checkIn("one", token, 2);
                        return answer.status() == 503
                                && answer.header("Retry-After").isEmpty();
                    });
            for (int i = 0; i < DOWNLOADS; i++) {
                failed.addAndGet(download(api, token) == 200 ? 0 : 1);
            }
            assertThat(failed).as("failed downloads").hasValue(0);

            postgres.resume();
            await("check-ins pass again").atMost(PATIENCE).until(() -> checkIn(api, token) == 200);
        } finally {
            haproxy.destroy();
            assertThat(haproxy.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    private static int checkIn(Api api, String token) {
        try {
            return api.checkIn("one", token, 1).status();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    private static int download(Api api, String token) {
        try {
            return api.get("/v1/patches/" + PATCH, token).status();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    private Process haproxy(int port, String unit) throws IOException {
        Path config = Files.writeString(work.resolve("haproxy.cfg"), """
                defaults
                  mode http
                  timeout connect 2s
                  timeout client 30s
                  timeout server 30s
                frontend machines
                  bind 127.0.0.1:%1$d
                  http-request set-header X-Forwarded-Proto http
                  use_backend bytes if { path_beg /v1/patches/ }
                  default_backend check-ins
                backend bytes
                  option httpchk GET /health/ready/downloads
                  server unit %2$s check inter 500ms fall 2 rise 1
                backend check-ins
                  option httpchk GET /health/ready/check-ins
                  server unit %2$s check inter 500ms fall 2 rise 1
                """.formatted(port, unit));
        return new ProcessBuilder("haproxy", "-db", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(work.resolve("haproxy.log").toFile())
                .start();
    }
}
