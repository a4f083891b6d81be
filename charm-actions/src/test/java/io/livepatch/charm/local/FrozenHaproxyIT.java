package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.testing.LocalModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** A haproxy of which one process is stopped ({@code kill -STOP}): master and worker freeze apart from each other. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 6, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FrozenHaproxyIT {
    private static final Duration SOON = Duration.ofSeconds(100);
    private static final String ADDRESS = "127.0.82.1";
    private static final int PATIENCE = 2_000;
    private static LocalModel model;

    @BeforeAll
    static void start() {
        model = new LocalModel("127.0.82");
        model.juju("deploy", "haproxy").expectSuccess();
        awaitHealth(9101);
    }

    @AfterAll
    static void stop() {
        model.close();
    }

    private static void awaitHealth(int port) {
        await("port " + port + " answers").atMost(SOON).until(() -> answer(port).startsWith("HTTP/1.1 200"));
    }

    /** The answer; empty without one. */
    private static String answer(int port) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE);
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(ADDRESS), port), PATIENCE);
            socket.getOutputStream()
                    .write("GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    /** Master and worker; the master began first. */
    private static List<ProcessHandle> haproxies() {
        return model.processes().stream()
                .filter(process -> commandLine(process).contains("sbin/haproxy\0"))
                .sorted(Comparator.comparing(FrozenHaproxyIT::isMaster).reversed())
                .toList();
    }

    private static boolean isMaster(ProcessHandle process) {
        return process.parent()
                .filter(parent -> commandLine(parent).contains("sbin/haproxy\0"))
                .isEmpty();
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"));
        } catch (IOException ended) {
            return "";
        }
    }

    private static void assertReplacedWhenStopped(List<ProcessHandle> before, ProcessHandle frozen) {
        ExternalProgram.of("kill", "-s", "STOP", Long.toString(frozen.pid())).runOrThrow();

        await("both are gone").atMost(SOON).until(() -> before.stream().noneMatch(ProcessHandle::isAlive));
        await("two others run").atMost(SOON).until(() -> haproxies().size() == 2);
        await("it serves").atMost(SOON).until(() -> answer(8080).startsWith("HTTP/1.1 308"));
    }

    @Test
    @Order(1)
    void aStoppedWorkerIsNoticedAndReplacedTogetherWithItsMaster() {
        List<ProcessHandle> before = haproxies();
        assertThat(before).hasSize(2);

        assertReplacedWhenStopped(before, before.getLast());
    }

    @Test
    @Order(2)
    void aStoppedMasterIsNoticedAndReplacedTogetherWithItsWorker() {
        List<ProcessHandle> before = haproxies();
        assertThat(before).hasSize(2);

        assertReplacedWhenStopped(before, before.getFirst());
    }

    @Test
    @Order(3)
    void aNewMetricsPortRestartsNoProcessAndTheReloadedWorkerIsProbed() {
        ProcessHandle master = haproxies().getFirst();

        model.juju("config", "haproxy", "metrics-port=9102").expectSuccess();

        awaitHealth(9102);
        await("the old port is closed").atMost(SOON).until(() -> answer(9101).isEmpty());
        assertThat(master.isAlive()).isTrue();
        await("the old worker has left").atMost(SOON).until(() -> haproxies().size() == 2);
        List<ProcessHandle> before = haproxies();
        assertReplacedWhenStopped(before, before.getLast());
        awaitHealth(9102);
    }

    @Test
    @Order(4)
    void withoutAPortForMetricsAStoppedWorkerIsNoticedAsWell() {
        ProcessHandle master = haproxies().getFirst();
        model.juju("config", "haproxy", "metrics-port=0").expectSuccess();
        await("the port is closed").atMost(SOON).until(() -> answer(9102).isEmpty());
        await("the old worker has left").atMost(SOON).until(() -> haproxies().size() == 2);
        assertThat(master.isAlive()).isTrue();

        List<ProcessHandle> before = haproxies();
        assertReplacedWhenStopped(before, before.getLast());
    }
}
