package io.livepatch.haproxy.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.haproxy.model.LoadBalancer;
import io.livepatch.haproxy.model.LoadBalancer.Sandbox;
import io.livepatch.haproxy.model.Paths;
import io.livepatch.testing.Requires;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A real haproxy as a child of the test, and everything it needs: certificate, directory, log file. */
final class RunningHaproxy implements AutoCloseable {
    static final Path BINARY = Path.of("/usr/sbin/haproxy");

    final Path directory;
    final Paths paths;
    final TestCertificate certificate;
    final Haproxy haproxy;
    final Path log;
    private final Process process;

    private RunningHaproxy(Path directory, TestCertificate certificate, LoadBalancer lb) throws IOException {
        this.directory = directory;
        this.certificate = certificate;
        this.paths = lb.paths();
        this.log = directory.resolve("haproxy.log");
        this.haproxy = new Haproxy(BINARY, directory.resolve("haproxy.cfg"), directory.resolve("master.sock"));
        assertThat(haproxy.apply(lb)).isEqualTo(new ApplyResult.Written());
        this.process = new ProcessBuilder(haproxy.command())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        await("haproxy answers").atMost(Duration.ofSeconds(20)).until(() -> {
            assertThat(process.isAlive()).as(() -> log()).isTrue();
            return haproxy.running() && haproxy.runtime().send("show info").contains("Pid:");
        });
    }

    static RunningHaproxy start(Path directory, TestCertificate certificate, LoadBalancer lb) {
        try {
            return new RunningHaproxy(directory, certificate, lb);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** That of a haproxy that is started by root; only root can confine workers. */
    static Optional<Sandbox> sandbox(Path directory) {
        return new Requires.Root().missing().isEmpty()
                ? Optional.of(Sandbox.in(directory.resolve("empty")))
                : Optional.empty();
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String config() throws IOException {
        return Files.readString(directory.resolve("haproxy.cfg"));
    }

    long worker() {
        return new MasterCli(directory.resolve("master.sock"))
                .processes()
                .orElseThrow()
                .worker()
                .orElseThrow();
    }

    int reloads() {
        return new MasterCli(directory.resolve("master.sock"))
                .processes()
                .orElseThrow()
                .reloads();
    }

    ServerStatus status(Unit unit) {
        String name = unit.asServer().haproxyName();
        return haproxy.runtime().servers().stream()
                .filter(server -> server.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    void awaitCondition(Unit unit, ServerStatus.Condition condition) {
        await(unit.name + " is " + condition)
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> status(unit).condition() == condition);
    }

    /** Waits until the first checks are done: before that a server counts as up, whatever it is. */
    void awaitChecked(Unit... units) {
        for (Unit unit : List.of(units)) {
            await(unit.name + " is checked")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> status(unit).lastCheck().startsWith("L7"));
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
