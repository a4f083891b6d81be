package io.livepatch.fleet.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.net.CaBundle;
import io.livepatch.fleet.Runs;
import io.livepatch.fleet.flock.Target;
import io.livepatch.fleet.flock.Target.Transport;
import io.livepatch.fleet.flock.Workload;
import io.livepatch.fleet.load.WorkloadRunner;
import io.livepatch.testing.FreePorts;
import io.livepatch.testing.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a real haproxy and our TLS settings, whose responses describe the request in the header that names the unit. */
final class ConnectionsIT {
    private static final int ITERATIONS = 5;

    @TempDir
    Path directory;

    private TestCertificate certificate;
    private int port;
    private Process haproxy;

    @BeforeEach
    void start() throws Exception {
        certificate = TestCertificate.of(directory, "DNS:localhost");
        port = FreePorts.one();
        Path config = Files.writeString(directory.resolve("haproxy.cfg"), """
            global
              ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
            defaults
              mode http
              timeout client 20s
              timeout connect 20s
              timeout server 20s
              option http-buffer-request
            frontend https
              bind 127.0.0.1:%d ssl crt %s alpn h2,http/1.1
              http-request return status 204 hdr X-Livepatch-Unit "%%[req.ver] %%[ssl_fc_is_resumed] %%[src_port] %%[src]" if { path_end /updates }
              http-request return status 200 content-type application/json string '{"machine-token":"t","tier":"s"}' hdr X-Livepatch-Unit "%%[req.ver] %%[ssl_fc_is_resumed] %%[src_port] %%[src]"
            """.formatted(port, certificate.both()));
        haproxy = new ProcessBuilder("haproxy", "-db", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        Awaitility.await("haproxy listens").until(this::listening);
    }

    @AfterEach
    void stop() {
        haproxy.destroyForcibly().onExit().join();
    }

    private boolean listening() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            assertThat(haproxy.isAlive()).isTrue();
            return false;
        }
    }

    /** Of each response: HTTP version, whether the TLS session was resumed, the client's port and address. */
    private List<String[]> poll(boolean http2, boolean newConnections) throws Exception {
        return poll(new Transport(http2, newConnections, List.of(), 1000, Duration.ofSeconds(20)), 7, 7, 7, 7, 7);
    }

    private List<String[]> poll(Transport transport, int... monkeys) throws Exception {
        Target plain = Flocks.target(URI.create("https://localhost:" + port));
        Target target = new Target(
                plain.server(), Optional.of(CaBundle.parse(certificate.pem())), plain.authToken(), transport);
        CallLog calls = new CallLog();
        try (WorkloadRunner polling = Flocks.runner(target, new Workload.CheckIn(Runs.PACE, 0))) {
            for (int monkey : monkeys) {
                polling.runIteration(monkey, calls);
            }
        }
        return calls.units.stream().map(unit -> unit.split(" ")).toList();
    }

    @Test
    void connectionIsReused() throws Exception {
        assertThat(poll(false, false).stream().map(answer -> answer[2]).distinct())
                .hasSize(1);
        assertThat(poll(true, false).stream().map(answer -> answer[2]).distinct())
                .hasSize(1);
    }

    @Test
    void targetDecidesTheHttpVersion() throws Exception {
        assertThat(poll(false, false))
                .extracting(answer -> answer[0])
                .containsOnly("1.1")
                .hasSize(1 + ITERATIONS);
        assertThat(poll(true, false)).extracting(answer -> answer[0]).containsOnly("2.0");
    }

    @Test
    void newConnectionsResumeTheTlsSession() throws Exception {
        List<String[]> answers = poll(false, true);

        assertThat(answers.stream().map(answer -> answer[2]).distinct()).hasSize(ITERATIONS);
        // The first two are the enrolment and the first check-in, over one connection.
        assertThat(answers).extracting(answer -> answer[1]).containsExactly("0", "0", "1", "1", "1", "1");
    }

    @Test
    void machineAlwaysUsesTheSameLocalAddress() throws Exception {
        List<InetAddress> addresses = List.of(InetAddress.ofLiteral("127.0.0.21"), InetAddress.ofLiteral("127.0.0.22"));

        List<String[]> answers = poll(new Transport(false, true, addresses, 1000, Duration.ofSeconds(20)), 4, 7, 4, 7);

        assertThat(answers)
                .extracting(answer -> answer[3])
                .containsExactly("127.0.0.21", "127.0.0.21", "127.0.0.22", "127.0.0.22", "127.0.0.21", "127.0.0.22");
    }
}
