package io.livepatch.supervisor.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.Listening.WorkerPorts;
import io.livepatch.supervisor.Probe;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.WorkerOutput;
import io.livepatch.supervisor.probe.Probes.ProbeFailure;
import io.livepatch.supervisor.process.LinuxProcesses;
import io.livepatch.supervisor.process.Processes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
import org.junit.jupiter.api.io.TempDir;

class ProbeRunnerIT {

    private static final Duration SOON = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(20);

    private static final WorkerPorts PORTS = new Listening.Unmanaged().ports(0);

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final ProbeRunner probe = new ProbeRunner(processes);

    @AfterEach
    void close() {
        probe.close();
        processes.close();
    }

    private Optional<String> ask(Probe check) {
        return look(check, LONG).map(ProbeFailure::why);
    }

    private Optional<ProbeFailure> look(Probe check, Duration timeout) {
        Processes.Start worker = new Processes.Start(
                "web-0",
                List.of("true"),
                Map.of("PATH", "/usr/bin:/bin", "WHO", "me"),
                ProcessEnvironment.PLAIN,
                OptionalLong.empty(),
                OptionalInt.empty(),
                LONG,
                WorkerOutput.discarded(),
                true);
        CompletableFuture<Optional<ProbeFailure>> answer = new CompletableFuture<>();
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
            assertThat(look(new Probe.Http(uri), SOON))
                    .contains(ProbeFailure.noAnswer(uri + " has no answer within PT0.05S"));
        }
    }

    @Test
    void aTcpCheckPassesWhileTheServerListens() throws IOException {
        InetSocketAddress address;
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
            assertThat(ask(new Probe.Tcp(at(address)))).isEmpty();
        }
        assertThat(ask(new Probe.Tcp(at(address))).orElseThrow()).contains("refused");
    }

    @Test
    void aRefusedConnectionAndAnErrorStatusAreAnswers() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(500, -1);
            exchange.close();
        });
        server.start();
        Probe check = new Probe.Http("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        assertThat(look(check, LONG).orElseThrow().unanswered()).isFalse();
        assertThat(ask(new Probe.Responsive(List.of(check)))).isEmpty();
        server.stop(0);
        assertThat(look(check, LONG).orElseThrow().unanswered()).isFalse();
        assertThat(ask(new Probe.Responsive(List.of(check)))).isEmpty();
    }

    @Test
    void aUnixSocketPassesWithItsFirstByteAndIsSilentWithoutOne(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("admin.sock");
        Probe check = new Probe.Socket(path, "show proc");
        assertThat(look(check, LONG).orElseThrow().unanswered()).as("not there").isFalse();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            assertThat(look(check, SOON))
                    .contains(ProbeFailure.noAnswer("'show proc' at '" + path + "' has no answer within PT0.05S"));
            assertThat(look(new Probe.Responsive(List.of(new Probe.Tcp("127.0.0.1:1"), check)), SOON)
                            .orElseThrow()
                            .unanswered())
                    .as("the second of two")
                    .isTrue();
            // The connections of the first two probes still fill the queue.
            server.accept().close();
            server.accept().close();
            Thread.ofVirtual().start(() -> answer(server, "yes"));
            assertThat(look(check, LONG)).isEmpty();
            Thread.ofVirtual().start(() -> answer(server, ""));
            assertThat(ask(check)).contains("'" + path + "' closes the connection without an answer");
        }
    }

    @Test
    void aUnixSocketStaysSilentWhenItsQueueIsFull(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("admin.sock");
        try (ServerSocketChannel stopped = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stopped.bind(UnixDomainSocketAddress.of(path), 1);
            for (int i = 0; i < 5; i++) {
                assertThat(look(new Probe.Socket(path, "show proc"), SOON)
                                .orElseThrow()
                                .unanswered())
                        .as("probe %d", i)
                        .isTrue();
            }
        }
    }

    private static void answer(ServerSocketChannel server, String text) {
        try (SocketChannel client = server.accept()) {
            client.read(ByteBuffer.allocate(100));
            client.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
        assertThat(look(new Probe.Command(List.of("sleep", "98765")), Duration.ofMillis(300)))
                .contains(ProbeFailure.noAnswer("'sleep' has no answer within PT0.3S"));
        await("the command has ended")
                .until(() -> ProcessHandle.current()
                        .children()
                        .noneMatch(
                                child -> child.info().commandLine().orElse("").contains("98765")));
    }
}
