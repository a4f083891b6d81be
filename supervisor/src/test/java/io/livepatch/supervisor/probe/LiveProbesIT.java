package io.livepatch.supervisor.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.Surroundings;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.WorkerPorts;
import io.livepatch.supervisor.process.LinuxProcesses;
import io.livepatch.supervisor.process.Processes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveProbesIT {

    private static final Duration SOON = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(20);

    private static final WorkerPorts PORTS = new Listening.Unmanaged().ports(0);

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final LiveProbes probe = new LiveProbes(processes);

    @AfterEach
    void close() {
        probe.close();
        processes.close();
    }

    private Optional<String> ask(Probe check) {
        return ask(check, LONG);
    }

    private Optional<String> ask(Probe check, Duration timeout) {
        Processes.Start worker = new Processes.Start(
                "web-0",
                List.of("true"),
                Map.of("PATH", "/usr/bin:/bin", "WHO", "me"),
                Surroundings.PLAIN,
                OptionalLong.empty(),
                OptionalInt.empty(),
                LONG,
                WorkerOutput.discarded());
        CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
        probe.check(check, PORTS, timeout, worker, answer::complete);
        return answer.join();
    }

    private static String at(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    @Test
    void anHttpCheckPassesOnSuccessOnly() throws IOException {
        AtomicInteger status = new AtomicInteger(503);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/ready", exchange -> {
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        server.start();
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/ready");
        Probe check = new Probe.Http(uri);

        assertThat(ask(check)).contains(uri + " answers 503");
        status.set(302);
        assertThat(ask(check)).contains(uri + " answers 302");
        status.set(204);
        assertThat(ask(check)).isEmpty();
        server.stop(0);
        assertThat(ask(check)).isPresent();
    }

    @Test
    void aServerThatNeverAnswersFailsWithinTheTimeout() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            URI uri = URI.create("http://127.0.0.1:" + mute.getLocalPort() + "/");
            assertThat(ask(new Probe.Http(uri), SOON)).contains(uri + " has no answer within PT0.05S");
        }
    }

    @Test
    void aTcpCheckPassesWhileSomebodyListens() throws IOException {
        InetSocketAddress address;
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
            assertThat(ask(new Probe.Tcp(at(address)))).isEmpty();
        }
        assertThat(ask(new Probe.Tcp(at(address))).orElseThrow()).contains("refused");
    }

    @Test
    void aCommandHasTheWorkersEnvironmentAndItsExitCodeDecides() {
        assertThat(ask(new Probe.Command(List.of("sh", "-c", "test \"$WHO\" = me"))))
                .isEmpty();
        assertThat(ask(new Probe.Command(List.of("sh", "-c", "exit 3")))).contains("'sh' ended with exit code 3");
        assertThat(ask(new Probe.Command(List.of("no-such-program"))).orElseThrow())
                .contains("no such file in PATH '/usr/bin:/bin'; is it installed?");
    }

    @Test
    void aCommandThatHangsIsKilled() {
        assertThat(ask(new Probe.Command(List.of("sleep", "98765")), Duration.ofMillis(300)))
                .contains("'sleep' has no answer within PT0.3S");
        await("the command is gone")
                .until(() -> ProcessHandle.current()
                        .children()
                        .noneMatch(
                                child -> child.info().commandLine().orElse("").contains("98765")));
    }
}
