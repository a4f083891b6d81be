package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.PostgresServer;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A unit whose database stops, hangs, is read-only or full: check-ins are refused, and requests without the database work. */
final class DatabaseFaultsIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";
    private static final byte[] BYTES = PatchFiles.bytes(PATCH, 1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MACHINES = 8;
    private static final int STORM = 1000;

    @TempDir
    Path work;

    private final PostgresServer postgres = PostgresServer.start();
    private final TestDatabase database = TestDatabase.on(postgres);
    private ServerProcess server;
    private Api api;
    private String authToken;
    private String token;
    private String url;

    @BeforeEach
    void start() {
        server = ServerProcess.ready(ServerProcess.environment(database.dsn(), work.resolve("store")));
        api = server.api();
        String session = api.logIn();
        api.upload(session, PATCH, Sha256.of(BYTES), BodyPublishers.ofByteArray(BYTES));
        authToken = api.authToken(session, "one", "edge");
        token = api.enrol("one", authToken);
        url = api.checkIn("one", token, 1).json().path("url").asString();
    }

    @AfterEach
    void stop() {
        server.close();
        database.close();
        postgres.close();
    }

    private int status(String path) {
        try {
            return api.get(path, "").status();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    private void awaitOnlyDownloads(String reason) {
        await("check-ins are impossible: " + reason).atMost(PATIENCE).until(() -> {
            Api.Answer probe = api.get("/health/ready/check-ins", "");
            return probe.status() == 503 && probe.text().contains(reason);
        });
        JsonNode answer = api.get("/health/ready/check-ins", "").json();
        assertThat(answer.path("status").asString()).isEqualTo("not-ready");
        assertThat(answer.path("detail").asString()).contains(reason);
        assertThat(Instant.parse(answer.path("since").asString())).isBefore(Instant.now());
        assertThat(status("/health/ready")).isEqualTo(503);
        assertThat(status("/health/ready/downloads")).isEqualTo(200);
        assertThat(status("/health/ready/any")).isEqualTo(200);
        JsonNode status = api.get("/debug/status", "").json();
        assertThat(status.path("state").asString()).isEqualTo("degraded");
        assertThat(status.path("possible").values())
                .extracting(JsonNode::asString)
                .containsExactly("downloads");
        assertThat(status.path("lost").path("check-ins").path("since")).isEqualTo(answer.path("since"));
        assertThat(status.path("lost").path("check-ins").path("reason").asString())
                .contains(reason);
        assertThat(api.get(url, "").body()).isEqualTo(BYTES);
    }

    private void awaitHealed() {
        await("all works again").atMost(PATIENCE).until(() -> status("/health/ready") == 200);
        assertThat(status("/health/ready/check-ins")).isEqualTo(200);
        assertThat(api.checkIn("one", token, 3).status()).isEqualTo(200);
    }

    @Test
    void downloadsContinueWithoutTheDatabaseAndTheReasonIsReported() {
        postgres.stop();
        awaitOnlyDownloads("refused");

        JsonNode before = api.get("/health/ready/check-ins", "").json().path("since");
        assertRefusedAtOnce();
        assertThat(api.get("/health/ready/check-ins", "").json().path("since")).isEqualTo(before);

        postgres.resume();
        awaitHealed();
    }

    @Test
    void whenItHangsProbesAndDownloadsAnswerAtOnceAndCheckInsAreRefused() {
        postgres.freeze();
        try {
            awaitOnlyDownloads("timed out");
            assertRefusedAtOnce();
        } finally {
            postgres.thaw();
        }
        awaitHealed();
    }

    /** From memory: faster than any time-out of a connection. */
    private void assertRefusedAtOnce() {
        long began = System.nanoTime();
        assertThat(api.checkIn("one", token, 2).status()).isEqualTo(503);
        assertThat(enrolment("two")).isEqualTo(503);
        assertThat(status("/health/ready/check-ins")).isEqualTo(503);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
    }

    private int enrolment(String machine) {
        return api.post(
                        "/v1/client/" + machine,
                        authToken,
                        "{\"kernel\":\"5.15.0-107.117-generic\",\"architecture\":\"amd64\"}")
                .status();
    }

    @Test
    void aReadOnlyDatabaseIsKnownWithoutACheckInAndItsLogStaysShort() throws Exception {
        List<Future<?>> storm = new ArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        try (ExecutorService machines = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < MACHINES; i++) {
                storm.add(machines.submit(() -> storm(refused, over)));
            }
            long before = errors();
            long began = System.nanoTime();
            readOnly("on");
            await("a storm of refused check-ins").atMost(PATIENCE).until(() -> refused.get() > STORM);
            awaitOnlyDownloads("read-only");
            long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
            assertThat(errors() - before).isLessThanOrEqualTo(seconds + 5);
            over.set(true);
        }
        for (Future<?> machine : storm) {
            machine.get();
        }

        readOnly("off");
        awaitHealed();
    }

    private void storm(AtomicInteger refused, AtomicBoolean over) {
        for (long uptime = 2; !over.get(); uptime++) {
            if (api.checkIn("one", token, uptime).status() == 503) {
                refused.incrementAndGet();
            }
            if (enrolment("two") == 503) {
                refused.incrementAndGet();
            }
        }
    }

    private void readOnly(String setting) {
        postgres.psql("postgres", "alter system set default_transaction_read_only = " + setting);
        postgres.psql("postgres", "select pg_reload_conf()");
    }

    private long errors() {
        return postgres.log().lines().filter(line -> line.contains("ERROR:")).count();
    }

    @Test
    void aFullDatabaseIsTriedOnceASecondAndHealsWithoutACheckIn() {
        // A full disk as PostgreSQL reports it, without filling the disk that everything else here needs.
        database.jdbi().useHandle(handle -> {
            handle.execute("""
                    create function full_disk() returns trigger language plpgsql as $$
                    begin raise exception 'could not extend file "base/1/2": No space left on device' using errcode = '53100';
                    end $$""");
            handle.execute("create trigger full_disk before insert or update on machine_reports"
                    + " for each row execute function full_disk()");
        });
        assertThat(api.checkIn("one", token, 2).status()).isEqualTo(503);
        awaitOnlyDownloads("could not extend file");

        long before = errors();
        long began = System.nanoTime();
        for (int i = 0; i < STORM; i++) {
            assertThat(api.checkIn("one", token, 2).status()).isEqualTo(503);
        }
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        assertThat(errors() - before).isLessThanOrEqualTo(seconds + 3);

        database.jdbi().useHandle(handle -> handle.execute("drop trigger full_disk on machine_reports"));
        awaitHealed();
    }
}
