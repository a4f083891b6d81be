package io.livepatch.supervisor.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadyProbeIT {

    private static final Duration SOON = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(20);

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final ReadyProbe probe = new ReadyProbe(processes);

    @AfterEach
    void close() {
        probe.close();
        processes.close();
    }

    private Optional<String> ask(ReadyCheck check) {
        Processes.Start worker = new Processes.Start(
                "web-0",
                List.of("true"),
                Map.of("PATH", "/usr/bin:/bin", "WHO", "me"),
                Path.of("/"),
                Optional.empty(),
                "KILL",
                LONG,
                (bytes, length) -> {});
        CompletableFuture<Optional<String>> answer = new CompletableFuture<>();
        probe.check(check, worker, answer::complete);
        return answer.join();
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
        ReadyCheck check = new ReadyCheck.Http(uri, SOON, LONG);

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
            assertThat(ask(new ReadyCheck.Http(uri, SOON, SOON))).contains(uri + " has no answer within PT0.05S");
        }
    }

    @Test
    void aTcpCheckPassesWhileSomebodyListens() throws IOException {
        InetSocketAddress address;
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
            assertThat(ask(new ReadyCheck.Tcp(address, SOON, LONG))).isEmpty();
        }
        assertThat(ask(new ReadyCheck.Tcp(address, SOON, LONG)).orElseThrow()).contains("refused");
    }

    @Test
    void aCommandHasTheWorkersEnvironmentAndItsExitCodeDecides() {
        assertThat(ask(new ReadyCheck.Command(List.of("sh", "-c", "test \"$WHO\" = me"), SOON, LONG)))
                .isEmpty();
        assertThat(ask(new ReadyCheck.Command(List.of("sh", "-c", "exit 3"), SOON, LONG)))
                .contains("'sh' ended with exit code 3");
        assertThat(ask(new ReadyCheck.Command(List.of("no-such-program"), SOON, LONG))
                        .orElseThrow())
                .contains("no such file in PATH '/usr/bin:/bin'; is it installed?");
    }

    @Test
    void aCommandThatHangsIsKilled() {
        assertThat(ask(new ReadyCheck.Command(List.of("sleep", "98765"), SOON, Duration.ofMillis(300))))
                .contains("'sleep' has no answer within PT0.3S");
        Watch.until(
                "the command is gone",
                () -> ProcessHandle.current()
                        .children()
                        .noneMatch(
                                child -> child.info().commandLine().orElse("").contains("98765")));
    }
}
