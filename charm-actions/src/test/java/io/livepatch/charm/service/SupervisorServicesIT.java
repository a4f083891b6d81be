package io.livepatch.charm.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.ServiceCheck;
import io.livepatch.charm.api.ServiceSpec;
import io.livepatch.charm.api.ServiceSpec.Restart;
import io.livepatch.charm.api.ServiceSpec.WorkerPool;
import io.livepatch.charm.api.ServiceState;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.testing.TestSupervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The effect of changed service specs on processes, which are shells here. */
class SupervisorServicesIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ServiceCheck WELL =
            ServiceCheck.ready(new ServiceCheck.Probe.Command(List.of("sh", "-c", "test \"$NAME\" != bad")));

    /** Ends, after the stop signal, when {@link #release} is called, and after that is like any process. */
    private static final String STUBBORN =
            "test -e released && exec sleep 600; trap 'until test -e released; do sleep 0.05; done; exit' TERM; : > up;"
                    + " while :; do sleep 600 & wait $!; done";

    /** Notes each HUP, unless it starts: it is ready once it does. */
    private static final String RELOADING =
            "me=$NAME-$MULTIPROCESS_WORKER_ID; trap \"echo $me >> reloads\" HUP; : > $me;"
                    + " sleep 600 & child=$!; while kill -0 $child; do wait $child; done";

    /** Notes if another one of its kind runs. */
    private static final String ALONE = "trap 'rmdir running 2> /dev/null; exit' TERM;"
            + " mkdir running || { echo twice > twice; exit 1; }; sleep 600 & wait";

    @TempDir
    private Path directory;

    private final TestSupervisor supervisor = new TestSupervisor();
    private SupervisorServices services;

    @BeforeEach
    void start() {
        services = new SupervisorServices("web-0", supervisor.client(), _ -> {});
    }

    @AfterEach
    void stop() {
        services.stopAll();
        services.close();
        supervisor.close();
    }

    private ServiceSpec.Builder single(String fingerprint) {
        return shell(
                "web",
                fingerprint,
                "test \"$NAME\" != bad || { echo bad is no name; exit 2; }; test ! -e broken || exit 3; exec sleep 600");
    }

    private ServiceSpec.Builder shell(String name, String fingerprint, String script) {
        return ServiceSpec.of(name, directory, List.of("sh", "-c", script))
                .environment(Map.of("NAME", fingerprint))
                .log(directory.resolve(name + ".log"))
                .stop("TERM", Duration.ofSeconds(5))
                .ready(WELL)
                .fingerprint(fingerprint);
    }

    private ServiceSpec pool(int count, String fingerprint) {
        return single(fingerprint)
                .live(ServiceCheck.live(WELL.probe()))
                .workerPool(workerPool(count))
                .build();
    }

    private static WorkerPool workerPool(int count) {
        return new WorkerPool(count, new WorkerPool.Entrance.SharedPort(), "127.0.79.3", 8080, 18000);
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
        services.ensure(pool(2, "good"));
        awaitSettled(2);
        Set<Long> before = pids();

        services.ensure(pool(2, "bad"));

        assertThat(state().upToDate()).as("at once").isFalse();
        await("it is told").atMost(SOON).until(() -> state().problem().isPresent());
        assertThat(state().problem().orElseThrow())
                .startsWith("a new process ended by itself with exit code 2 after ")
                .endsWith("s: bad is no name");
        assertThat(state().serves()).isTrue();
        assertThat(state().upToDate()).isFalse();
        assertThat(pids()).containsAll(before);
        assertThat(state().proven()).as("those with the new spec").isZero();
        ServiceState.End end = state().end().orElseThrow();
        assertThat(end.exitCode()).hasValue(2);
        assertThat(end.lastLine()).contains("bad is no name");
        assertThat(end.at()).isAfterOrEqualTo(end.started());

        services.ensure(pool(2, "good"));
        assertThat(state().settled())
                .as("the old spec again: nothing is to be replaced")
                .isTrue();
        assertThat(state().proven()).isEqualTo(2);
        assertThat(state().end()).isEmpty();
        assertThat(pids()).containsAll(before);

        services.ensure(pool(2, "better"));
        awaitSettled(2);
        assertThat(state().problem()).isEmpty();
        assertThat(state().fingerprint()).isEqualTo("better");
        assertThat(pids()).doesNotContainAnyElementsOf(before);
    }

    @Test
    void aChangedNumberOfWorkersKeepsTheOthers() {
        services.ensure(pool(1, "good"));
        awaitSettled(1);
        Set<Long> first = pids();

        services.ensure(pool(3, "good"));
        awaitSettled(3);
        assertThat(pids()).containsAll(first);
        Set<Long> three = pids();

        services.ensure(pool(2, "good"));
        awaitSettled(2);
        assertThat(three).containsAll(pids());
    }

    @Test
    void aRestartReturnsAtOnceAndTheStateTellsItsEnd() {
        services.ensure(pool(2, "good"));
        awaitSettled(2);
        Set<Long> before = pids();

        services.restart("web");

        assertThat(state().upToDate()).as("at once").isFalse();
        assertThat(state().ready()).as("at once").isEqualTo(2);
        awaitSettled(2);
        assertThat(pids()).doesNotContainAnyElementsOf(before);
    }

    @Test
    void aRestartThatStallsKeepsTheWorkersAndTellsWhy() throws IOException {
        services.ensure(pool(2, "good"));
        awaitSettled(2);
        Set<Long> before = pids();
        Path broken = Files.createFile(directory.resolve("broken"));

        services.restart("web");

        await("it is told")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(state().problem().orElse(""))
                        .startsWith("a new process ended by itself with exit code 3 after "));
        assertThat(state().upToDate()).isFalse();
        assertThat(pids()).containsAll(before);
        Files.delete(broken);
        awaitSettled(2);
        assertThat(pids()).doesNotContainAnyElementsOf(before);
    }

    @Test
    void aRestartOfASingleProcessReturnsBeforeItHasStopped() {
        services.ensure(stubborn());
        awaitSettled(1);
        Set<Long> before = pids();

        services.restart("web");

        assertThat(state().settled()).as("at once").isFalse();
        assertThat(pids()).as("at once").isEqualTo(before);
        release();
        await("it is replaced").atMost(SOON).until(() -> state().settled() && !pids().equals(before));
        assertThat(state().restarts()).isEqualTo(1);
    }

    @Test
    void anotherLiveCheckOfASingleProcessKeepsItAndSilenceKillsIt() throws IOException {
        services.ensure(single("good").build());
        awaitSettled(1);
        Set<Long> before = pids();

        Path socket = directory.resolve("mute.sock");
        try (ServerSocketChannel mute = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            mute.bind(UnixDomainSocketAddress.of(socket));
            ServiceCheck check = new ServiceCheck(
                    ServiceCheck.Probe.Responsive.of(new ServiceCheck.Probe.Socket(socket, "hello")),
                    Duration.ofSeconds(1),
                    Duration.ofMillis(600),
                    Duration.ofSeconds(10),
                    2,
                    1);
            services.ensure(single("good").live(check).build());

            assertThat(pids()).as("at once").isEqualTo(before);
            await("it is killed").atMost(SOON).until(() -> before.stream().noneMatch(SupervisorServicesIT::alive));
            services.ensure(single("good").build());
        }
        awaitSettled(1);
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).isPresent();
    }

    @Test
    void aSingleProcessIsNeverRunTwice() {
        services.ensure(shell("web", "good", ALONE).build());
        awaitSettled(1);
        Set<Long> before = pids();

        services.ensure(shell("web", "better", ALONE).build());

        awaitSettled(1);
        assertThat(pids()).doesNotContainAnyElementsOf(before);
        services.ensure(shell("web", "better", ALONE).workerPool(workerPool(1)).build());
        awaitSettled(1);
        assertThat(state().workerPool()).contains(workerPool(1));
        assertThat(directory.resolve("twice")).doesNotExist();
    }

    private ServiceSpec stubborn() {
        return shell("web", "good", STUBBORN)
                .ready(ServiceCheck.ready(new ServiceCheck.Probe.Command(List.of("test", "-e", "up"))))
                .stop("TERM", SOON)
                .build();
    }

    private void release() {
        try {
            Files.createFile(directory.resolve("released"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aProcessThatMayNotBeStartedAgainStaysDownUntilARestartAndTheStateTellsHowItEnded() {
        ServiceSpec spec = single("good").restart(Restart.never()).build();
        services.ensure(spec);
        awaitSettled(1);
        Set<Long> before = pids();

        kill(before);

        await("it has ended").atMost(SOON).until(() -> state().phase() == ServiceState.Phase.ENDED);
        services.ensure(spec);
        ServiceState ended = state();
        assertThat(ended.phase()).isEqualTo(ServiceState.Phase.ENDED);
        assertThat(ended.restarts()).isZero();
        assertThat(ended.problem().orElseThrow()).startsWith("ended by itself with signal KILL after ");
        assertThat(ended.end().orElseThrow()).hasToString("signal KILL");
        assertThat(ended.end().orElseThrow().exitCode()).isEmpty();
        assertThat(ended.end().orElseThrow().at())
                .isAfter(ended.end().orElseThrow().started());

        services.restart("web");
        awaitSettled(1);
        assertThat(pids()).doesNotContainAnyElementsOf(before);
        assertThat(state().end()).isEmpty();
        assertThat(state().problem()).isEmpty();
    }

    @Test
    void aNewRestartPolicyNewChecksAndANewStopSignalHoldForTheRunningProcess() {
        services.ensure(single("good").build());
        awaitSettled(1);
        Set<Long> before = pids();

        services.ensure(single("good")
                .restart(Restart.never())
                .ready(new ServiceCheck(
                        WELL.probe(), Duration.ofMillis(300), Duration.ofSeconds(9), Duration.ZERO, 2, 2))
                .stop("INT", Duration.ofSeconds(9))
                .build());

        awaitSettled(1);
        assertThat(pids()).isEqualTo(before);
        kill(before);
        await("it has ended").atMost(SOON).until(() -> state().phase() == ServiceState.Phase.ENDED);
    }

    private static void kill(Set<Long> pids) {
        pids.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    }

    @Test
    void newInputsAloneAreSignalledToEveryProcess() {
        services.ensure(reloading("good", "one"));
        awaitSettled(2);
        Set<Long> before = pids();
        assertThat(state().reloadFingerprint()).contains("one");

        services.ensure(reloading("good", "one"));
        services.ensure(reloading("good", "two"));
        await("both have got it").atMost(SOON).until(() -> reloads().size() >= 2);
        services.ensure(reloading("good", "three"));
        await("both have got the next").atMost(SOON).until(() -> reloads().size() >= 4);

        assertThat(reloads()).containsExactlyInAnyOrder("good-0", "good-0", "good-1", "good-1");
        assertThat(pids()).isEqualTo(before);
        assertThat(state().reloadFingerprint()).contains("three");

        services.ensure(reloading("better", "four"));
        awaitSettled(2);
        assertThat(reloads()).as("both changed").hasSize(4);
        assertThat(pids()).doesNotContainAnyElementsOf(before);
        assertThat(state().reloadFingerprint()).contains("four");
    }

    private ServiceSpec reloading(String fingerprint, String inputs) {
        return shell("web", fingerprint, RELOADING)
                .ready(ServiceCheck.ready(
                        new ServiceCheck.Probe.Command(List.of("sh", "-c", "test -e $NAME-$MULTIPROCESS_WORKER_ID"))))
                .workerPool(workerPool(2))
                .reload(new ServiceSpec.Reload("HUP", inputs))
                .build();
    }

    private List<String> reloads() {
        return PrivateFile.read(directory.resolve("reloads")).stream()
                .flatMap(String::lines)
                .toList();
    }

    @Test
    void changesOfOneServiceWaitForEachOtherAndThoseOfAnotherDoNot() throws Exception {
        services.ensure(stubborn());
        awaitSettled(1);
        Set<Long> before = pids();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> stop = threads.submit(() -> services.stop("web"));
            await("it is being stopped").atMost(SOON).until(() -> state().phase() == ServiceState.Phase.STOPPED);
            Future<?> start =
                    threads.submit(() -> services.ensure(single("better").build()));

            services.ensure(shell("other", "good", "exec sleep 600").build());
            await("the other runs")
                    .atMost(SOON)
                    .until(() -> services.state("other").orElseThrow().serves());
            assertThat(stop).isNotDone();
            assertThat(start).isNotDone();
            assertThat(pids()).isEqualTo(before);

            release();
            stop.get(SOON.toSeconds(), TimeUnit.SECONDS);
            start.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
        awaitSettled(1);
        assertThat(state().fingerprint()).isEqualTo("better");
        assertThat(pids()).doesNotContainAnyElementsOf(before);
    }

    @Test
    void twoThreadsThatChangeOneServiceNeverRunItTwice() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                String fingerprint = "of thread " + i;
                calls.add(threads.submit(() -> {
                    for (int round = 0; round < 5; round++) {
                        services.ensure(shell("web", fingerprint, ALONE).build());
                        services.restart("web");
                        services.state("web");
                        services.stop("web");
                    }
                }));
            }
            for (Future<?> call : calls) {
                call.get(2 * SOON.toSeconds(), TimeUnit.SECONDS);
            }
        }
        services.ensure(shell("web", "good", ALONE).build());
        awaitSettled(1);
        assertThat(directory.resolve("twice")).doesNotExist();
        assertThat(supervisor.pools()).hasSize(1);
    }

    @Test
    void nothingIsStartedForAUnitThatWasStopped() {
        services.ensure(single("good").build());
        services.stopAll();

        assertThatThrownBy(() -> services.ensure(single("good").build()))
                .isInstanceOf(CharmException.class)
                .hasMessage("cannot start 'web': its unit is being stopped");
        assertThatThrownBy(() ->
                        services.ensure(shell("other", "good", "exec sleep 600").build()))
                .isInstanceOf(CharmException.class);
        assertThat(supervisor.pools()).isEmpty();
    }
}
