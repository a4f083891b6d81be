package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.config.ConfigFile;
import io.livepatch.server.config.ServerConfig.LogLevel;
import io.livepatch.server.config.UnitConfig;
import io.livepatch.server.health.HealthRoutes.LastReload;
import io.livepatch.server.metrics.Metrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigReloaderTest {
    private static final String DSN = "postgres://u:hunter2@127.0.0.1:1/d";

    @TempDir
    private Path directory;

    private final Semaphore requests = new Semaphore(0);
    private final Metrics metrics = new Metrics();
    private final Parts parts = new Parts();
    private Path file;
    private ConfigReloader reloader;

    /** Parts of a unit that record what they are given. */
    private static final class Parts implements ConfigReloader.Target {
        private final List<UnitConfig> applied = new CopyOnWriteArrayList<>();
        private final AtomicReference<Optional<String>> obstacle = new AtomicReference<>(Optional.empty());
        private volatile Runnable duringApply = () -> {};

        @Override
        public Optional<String> obstacle(UnitConfig next) {
            return obstacle.get();
        }

        @Override
        public void apply(UnitConfig next) {
            applied.add(next);
            duringApply.run();
        }
    }

    @BeforeEach
    void construct() throws IOException {
        file = directory.resolve("livepatch.yaml");
        write("server.log-level: info");
        ConfigFile.Source source = new ConfigFile.Source(file, Map.of("LP_DATABASE_CONNECTION_STRING", DSN));
        LivepatchServer.Settings settings = LivepatchServer.Settings.read(source, requests);
        reloader = new ConfigReloader(source, settings.version(), requests, metrics, InstantSource.system());
    }

    @AfterEach
    void close() {
        reloader.close();
    }

    /** Replaces the file as a charm does, and answers its time. */
    private Instant write(String yaml) throws IOException {
        Path fresh = Files.writeString(directory.resolve("new"), yaml + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        return Files.getLastModifiedTime(file).toInstant();
    }

    private LastReload awaitReload(Instant version, String result) {
        await("reload of " + version)
                .until(() -> reloader.status()
                        .lastReload()
                        .filter(last -> last.fileModified().equals(Optional.of(version))
                                && last.result().equals(result))
                        .isPresent());
        return reloader.status().lastReload().orElseThrow();
    }

    private long count(String result) {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("livepatch_server_config_reloads_total{result=\"" + result + "\"}"))
                .mapToLong(line -> Math.round(Double.parseDouble(line.substring(line.indexOf(' ')))))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void liveOptionsAreAppliedAndOthersNeedARestart() throws IOException {
        reloader.start(parts);
        Instant version = write("server: {log-level: debug, burst-limit: 7, unit: livepatch/8}");
        try (Logs logs = Logs.capture()) {
            requests.release();
            LastReload last = awaitReload(version, "applied");

            assertThat(last.problem()).isEmpty();
            assertThat(logs.lines())
                    .contains(
                            "configuration reloaded; changed options: server.log-level, server.burst-limit",
                            "options that changed since the start and need a restart: server.unit");
        }
        assertThat(parts.applied).hasSize(1);
        assertThat(parts.applied.getFirst().server().burstLimit()).isEqualTo(7);
        assertThat(reloader.config().server().logLevel()).isEqualTo(LogLevel.DEBUG);
        assertThat(reloader.status().fileModified()).contains(version);
        assertThat(reloader.status().needsRestart()).containsExactly("server.unit");
        assertThat(reloader.problem()).contains("restart the unit: server.unit changed");
        assertThat(List.of(count("applied"), count("refused"), count("postponed")))
                .containsExactly(1L, 0L, 0L);
        assertThat(metrics.scrape())
                .containsPattern("livepatch_server_config_last_reload_success_timestamp_seconds [1-9]");

        Instant reverted = write("server: {log-level: info}");
        requests.release();
        awaitReload(reverted, "applied");

        assertThat(reloader.status().needsRestart()).as("as at the start").isEmpty();
        assertThat(reloader.problem()).isEmpty();
    }

    @Test
    void aRefusedConfigurationIsNamedWithAllItsProblemsAndNoSecret() throws IOException {
        reloader.start(parts);
        Instant before = reloader.status().fileModified().orElseThrow();
        Instant version = write(
                "{server: {drain: soon, unitt: x}, patch-storage.postgres-connection-string: 'mysql://u:hunter2@h/d'}");
        try (Logs logs = Logs.capture()) {
            requests.release();
            LastReload last = awaitReload(version, "refused");

            assertThat(last.problem().orElseThrow())
                    .contains("server.drain: 'soon'", "did you mean 'unit'", "patch-storage.postgres-connection-string")
                    .doesNotContain("hunter2");
            assertThat(logs.lines())
                    .anyMatch(line -> line.startsWith("the previous configuration stays in effect")
                            && line.contains("server.drain: 'soon'")
                            && line.contains("did you mean 'unit'"));
        }
        assertThat(parts.applied).isEmpty();
        assertThat(reloader.status().fileModified()).contains(before);
        assertThat(reloader.problem()).isPresent();
        assertThat(count("refused")).isEqualTo(1);

        requests.release();
        await("refused again").until(() -> count("refused") == 2);
        Instant mended = write("server: {drain: 1s}");
        requests.release();
        awaitReload(mended, "applied");
        assertThat(reloader.problem()).isEmpty();
    }

    @Test
    void aFileThatIsGoneIsRefused() throws IOException {
        reloader.start(parts);
        Files.delete(file);
        requests.release();

        await("refused").until(() -> count("refused") == 1);

        assertThat(reloader.problem().orElseThrow()).contains("does not exist");
    }

    @Test
    void whatDoesNotWorkYetIsTriedAgainUntilItDoes() throws IOException {
        parts.obstacle.set(Optional.of("the database cannot be reached"));
        reloader.start(parts);
        Instant version = write("server: {burst-limit: 1}");
        try (Logs logs = Logs.capture()) {
            requests.release();
            LastReload last = awaitReload(version, "postponed");
            await("tried twice").until(() -> count("postponed") >= 2);

            assertThat(last.problem().orElseThrow()).contains("until the new one works", "cannot be reached");
            assertThat(logs.lines())
                    .as("logged once")
                    .filteredOn(line -> line.contains("cannot be reached"))
                    .hasSize(1);
        }
        assertThat(parts.applied).isEmpty();

        parts.obstacle.set(Optional.empty());
        awaitReload(version, "applied");
        assertThat(parts.applied).hasSize(1);
        assertThat(reloader.problem()).isEmpty();
    }

    @Test
    void aLaterFileTakesThePlaceOfAPostponedOne() throws IOException {
        parts.obstacle.set(Optional.of("the database cannot be reached"));
        reloader.start(parts);
        Instant first = write("server: {burst-limit: 1}");
        requests.release();
        awaitReload(first, "postponed");

        parts.obstacle.set(Optional.empty());
        Instant second = write("server: {burst-limit: 2}");
        requests.release();
        awaitReload(second, "applied");

        assertThat(parts.applied.getLast().server().burstLimit()).isEqualTo(2);
        assertThat(reloader.config().server().burstLimit()).isEqualTo(2);
    }

    @Test
    void requestsBeforeTheStartAreServedAfterIt() throws IOException {
        Instant version = write("server: {burst-limit: 3}");
        requests.release();
        requests.release();
        assertThat(parts.applied).isEmpty();

        reloader.start(parts);

        awaitReload(version, "applied");
        assertThat(parts.applied.getFirst().server().burstLimit()).isEqualTo(3);
    }

    @Test
    void requestsDuringAReloadAreServedByOneMore() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        parts.duringApply = () -> {
            entered.countDown();
            awaitLatch(go);
        };
        reloader.start(parts);
        write("server: {burst-limit: 1}");
        requests.release();
        awaitLatch(entered);

        Instant last = write("server: {burst-limit: 2}");
        requests.release(5);
        go.countDown();

        awaitReload(last, "applied");
        assertThat(parts.applied)
                .extracting(config -> config.server().burstLimit())
                .containsExactly(1, 2);
    }

    @Test
    void aFailureOfAPartLeavesTheReloaderAlive() throws IOException {
        parts.duringApply = () -> {
            throw new IllegalStateException("thrown by a test");
        };
        reloader.start(parts);
        awaitReload(requested("server: {burst-limit: 1}"), "refused");

        parts.duringApply = () -> {};
        awaitReload(requested("server: {burst-limit: 2}"), "applied");
    }

    private Instant requested(String yaml) throws IOException {
        Instant version = write(yaml);
        requests.release();
        return version;
    }

    @Test
    void requestsDuringAndAfterTheCloseHaveNoEffect() throws IOException {
        reloader.start(parts);
        reloader.close();

        requested("server: {burst-limit: 1}");

        assertThat(parts.applied).isEmpty();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("config-reload");
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
