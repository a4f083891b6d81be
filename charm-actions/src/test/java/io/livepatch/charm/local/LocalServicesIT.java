package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.api.UnitName;
import io.livepatch.supervisor.engine.Supervisor;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The effect of changed service specs on processes, which are shells here. */
class LocalServicesIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ServiceSpec.Ready WELL =
            new ServiceSpec.Ready.Command(List.of("sh", "-c", "test \"$NAME\" != bad"));

    @TempDir
    private Path directory;

    private final Supervisor supervisor = Supervisor.start();
    private LocalServices services;

    @BeforeEach
    void start() {
        services = new LocalServices(new UnitName("web", 0), supervisor, () -> {});
    }

    @AfterEach
    void stop() {
        services.close();
        supervisor.close();
    }

    private ServiceSpec spec(Optional<WorkerPool> workerPool, String fingerprint) {
        return spec(workerPool, Optional.empty(), fingerprint);
    }

    private ServiceSpec spec(Optional<WorkerPool> workerPool, Optional<ServiceSpec.Live> live, String fingerprint) {
        return new ServiceSpec(
                "web",
                List.of("sh", "-c", "test \"$NAME\" != bad || { echo bad is no name; exit 2; }; exec sleep 600"),
                Map.of("NAME", fingerprint),
                directory,
                directory.resolve("web.log"),
                Optional.empty(),
                new ServiceSpec.Stop("TERM", Duration.ofSeconds(5)),
                "KILL",
                Optional.of(WELL),
                live,
                workerPool,
                fingerprint);
    }

    private static Optional<WorkerPool> workerPool(int count) {
        return Optional.of(
                new WorkerPool(count, new WorkerPool.Entrance.SharedPort(), "127.0.79.3", 8080, 18000, WELL));
    }

    private ServiceState state() {
        return services.state("web").orElseThrow();
    }

    private Set<Long> pids() {
        return services.workers().get("web").stream()
                .flatMap(worker -> worker.pid().stream())
                .collect(Collectors.toSet());
    }

    private void awaitSettled(int count) {
        await(count + " ready")
                .atMost(SOON)
                .until(() -> state().ready() == count && state().upToDate() && pids().size() == count);
    }

    @Test
    void aPoolThatRefusesANewSpecKeepsItsWorkers() {
        services.ensure(spec(workerPool(2), "good"));
        awaitSettled(2);
        Set<Long> before = pids();

        services.ensure(spec(workerPool(2), "bad"));

        assertThat(state().upToDate()).as("at once").isFalse();
        await("it is told").atMost(SOON).until(() -> state().problem().isPresent());
        assertThat(state().problem().orElseThrow())
                .startsWith("a new process ended by itself with exit code 2 after ")
                .endsWith("s: bad is no name");
        assertThat(state().serves()).isTrue();
        assertThat(state().upToDate()).isFalse();
        assertThat(pids()).containsAll(before);

        services.ensure(spec(workerPool(2), "better"));
        awaitSettled(2);
        assertThat(state().problem()).isEmpty();
        assertThat(state().fingerprint()).isEqualTo("better");
        assertThat(pids()).doesNotContainAnyElementsOf(before);
    }

    @Test
    void aChangedNumberOfWorkersKeepsTheOthers() {
        services.ensure(spec(workerPool(1), "good"));
        awaitSettled(1);
        Set<Long> first = pids();

        services.ensure(spec(workerPool(3), "good"));
        awaitSettled(3);
        assertThat(pids()).containsAll(first);
        Set<Long> three = pids();

        services.ensure(spec(workerPool(2), "good"));
        awaitSettled(2);
        assertThat(three).containsAll(pids());
    }

    @Test
    void aRestartReturnsWhenAllWorkersAreReplaced() {
        services.ensure(spec(workerPool(2), "good"));
        awaitSettled(2);
        Set<Long> before = pids();

        services.restart("web");

        assertThat(state().ready()).isEqualTo(2);
        awaitSettled(2);
        assertThat(pids()).doesNotContainAnyElementsOf(before);
    }

    @Test
    void anotherLiveCheckOfASingleProcessKeepsItAndSilenceKillsIt() throws IOException {
        services.ensure(spec(Optional.empty(), "good"));
        awaitSettled(1);
        Set<Long> before = pids();

        Path socket = directory.resolve("mute.sock");
        try (ServerSocketChannel mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            mute.bind(UnixDomainSocketAddress.of(socket));
            ServiceSpec.Live check = new ServiceSpec.Live(
                    List.of(new ServiceSpec.Live.Probe(socket, "hello")), Duration.ofMillis(600), 2);
            services.ensure(spec(Optional.empty(), Optional.of(check), "good"));

            assertThat(pids()).as("at once").isEqualTo(before);
            await("it is killed").atMost(SOON).until(() -> before.stream().noneMatch(LocalServicesIT::alive));
            services.ensure(spec(Optional.empty(), "good"));
        }
        awaitSettled(1);
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).isPresent();
    }

    @Test
    void aSingleProcessIsNeverRunTwice() {
        services.ensure(spec(Optional.empty(), "good"));
        awaitSettled(1);
        Set<Long> before = pids();

        services.ensure(spec(Optional.empty(), "better"));

        assertThat(pids()).doesNotContainAnyElementsOf(before);
        awaitSettled(1);
        services.ensure(spec(workerPool(1), "better"));
        awaitSettled(1);
        assertThat(state().workerPool()).isEqualTo(workerPool(1));
    }
}
