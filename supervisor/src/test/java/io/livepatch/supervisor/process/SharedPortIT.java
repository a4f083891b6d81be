package io.livepatch.supervisor.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.process.SharedPort.PortUse;
import io.livepatch.supervisor.process.SharedPort.Verdict;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real server processes that share ports. */
class SharedPortIT {

    private static final String LOOPBACK = "127.0.0.1";
    private static final String ANY = "0.0.0.0";

    @TempDir
    Path classes;

    private final LinuxProcesses processes = LinuxProcesses.start();
    private final List<Socket> clients = new ArrayList<>();
    private final List<TestProcess> servers = new ArrayList<>();
    private int port;

    @BeforeEach
    void copyTheServer() throws IOException {
        ListeningServer.copyTo(classes);
    }

    @AfterEach
    void close() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        processes.close();
    }

    private TestProcess server(ProcessEnvironment processEnvironment, String family, String host, String... words) {
        TestProcess server = TestProcess.launch(
                processes, processEnvironment, ListeningServer.command(classes, family, host, port, words));
        port = Integer.parseInt(server.firstLine());
        servers.add(server);
        return server;
    }

    private TestProcess server(String host, String... words) {
        return server(ProcessEnvironment.PLAIN, "INET", host, words);
    }

    private Map<Long, PortUse> look() {
        return look(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private Map<Long, PortUse> look(InetSocketAddress address) {
        Set<Long> pids = new HashSet<>();
        servers.forEach(server -> pids.add(server.pid()));
        try {
            return new SharedPort(address).inspect(pids);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Verdict verdict(TestProcess server) {
        return look().get(server.pid()).verdict();
    }

    private void connect(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            clients.add(new Socket(InetAddress.getLoopbackAddress(), port));
        }
    }

    private static Verdict sharing() {
        return new Verdict.Sharing();
    }

    @Test
    void twoListenersAtOneAddressShareAndTheirConnectionsAreCounted() throws IOException {
        TestProcess one = server(LOOPBACK, "reuse", "accept");
        TestProcess two = server(LOOPBACK, "reuse", "accept");

        connect(60);

        await("all connections are accepted")
                .until(() ->
                        look().values().stream().mapToInt(PortUse::connections).sum() == 60);
        assertThat(look()).allSatisfy((pid, use) -> {
            assertThat(use.verdict()).isEqualTo(sharing());
            assertThat(use.connections()).isPositive();
            assertThat(use.queued()).isZero();
        });
        assertThat(look()).containsOnlyKeys(one.pid(), two.pid());
    }

    @Test
    void aSingleListenerIsProbedAndTheProbeAcceptsNoConnection() throws IOException {
        TestProcess server = server(LOOPBACK, "reuse", "accept");
        assertThat(verdict(server)).isEqualTo(sharing());

        try (SocketChannel bound = SocketChannel.open()) {
            bound.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            connect(20);

            await("the server has all connections")
                    .until(() -> look().get(server.pid()).connections() == 20);
        }
    }

    @Test
    void aListenerWithoutTheOptionIsAloneAtAnyAddress() {
        for (String host : List.of(LOOPBACK, ANY)) {
            port = 0;
            assertThat(verdict(server(host))).isEqualTo(alone(host + ":" + port));
            port = 0;
            assertThat(verdict(server(host, "reuse"))).isEqualTo(sharing());
        }
        for (String host : List.of("::", "::ffff:127.0.0.1")) {
            port = 0;
            assertThat(verdict(server(ProcessEnvironment.PLAIN, "INET6", host)))
                    .isEqualTo(alone("::".equals(host) ? "[0:0:0:0:0:0:0:0]:" + port : "[127.0.0.1]:" + port));
            port = 0;
            assertThat(verdict(server(ProcessEnvironment.PLAIN, "INET6", host, "reuse")))
                    .isEqualTo(sharing());
        }
    }

    private static Verdict alone(String where) {
        return new Verdict.Alone("it listens at " + where + " without SO_REUSEPORT, so no other worker can:"
                + " set the option before it binds, or use proxy mode");
    }

    /** The kernel refuses another user's socket with or without the option. */
    @Test
    @Requires(Requires.Root.class)
    void anotherUsersListenerIsProbedAsThatUser() {
        ProcessEnvironment nobody = ProcessEnvironment.PLAIN.withUser("nobody");
        for (String family : List.of("INET", "INET6")) {
            port = 0;
            assertThat(verdict(server(nobody, family, LOOPBACK, "reuse"))).isEqualTo(sharing());
            port = 0;
            assertThat(verdict(server(nobody, family, LOOPBACK))).isInstanceOf(Verdict.Alone.class);
        }
        port = 0;
        assertThat(verdict(server(nobody, "INET6", "::", "reuse"))).isEqualTo(sharing());
        port = 0;
        assertThat(verdict(server(nobody, "INET", ANY))).isInstanceOf(Verdict.Alone.class);
    }

    @Test
    void theMoreSpecificAddressAndIpv4GetAllConnections() throws IOException {
        TestProcess particular = server(LOOPBACK, "reuse", "accept");
        TestProcess wildcard = server(ANY, "reuse", "accept");
        TestProcess six = server(ProcessEnvironment.PLAIN, "INET6", "::", "reuse", "accept");

        connect(30);

        await("one server has all connections")
                .until(() -> look().get(particular.pid()).connections() == 30);
        assertThat(verdict(particular)).isEqualTo(sharing());
        assertThat(verdict(wildcard))
                .isEqualTo(new Verdict.Alone(
                        "it listens at 0.0.0.0:%d, and another at 127.0.0.1:%d, which gets every".formatted(port, port)
                                + " connection: have all listen at 127.0.0.1:" + port));
        assertThat(verdict(six)).isInstanceOf(Verdict.Alone.class);
        particular.kill();
        particular.awaitExit();

        connect(30);

        await("IPv4 has all connections").until(() -> look().get(wildcard.pid()).connections() == 30);
        assertThat(verdict(six)).isInstanceOf(Verdict.Alone.class);
    }

    @Test
    void unacceptedConnectionsWaitInTheQueue() throws IOException {
        TestProcess server = server(LOOPBACK, "reuse");

        connect(3);

        assertThat(look()).containsEntry(server.pid(), new PortUse(sharing(), 0, 3));
    }

    @Test
    void queuedConnectionsOfAnEndedListenerAreResetUnlessTheKernelMigratesThem() throws IOException {
        TestProcess ending = server(LOOPBACK, "reuse");
        TestProcess staying = server(LOOPBACK, "reuse");
        connect(40);
        int waiting = look().get(ending.pid()).queued();
        assertThat(waiting).isBetween(1, 39);

        ending.kill();
        ending.awaitExit();

        boolean migrates = "1".equals(setting());
        assertThat(clients.stream().filter(SharedPortIT::isReset).count()).isEqualTo(migrates ? 0 : waiting);
        assertThat(look().get(staying.pid()).queued()).isEqualTo(migrates ? 40 : 40 - waiting);
    }

    private static boolean isReset(Socket client) {
        try {
            client.getOutputStream().write(1);
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void aWorkerOnAnotherAddressOrThatHasEndedDoesNotListen() {
        TestProcess server = server(LOOPBACK, "reuse");

        assertThat(look(new InetSocketAddress("127.0.0.2", port)).get(server.pid()))
                .isEqualTo(new PortUse(new Verdict.NotListening(), 0, 0));
        server.kill();
        server.awaitExit();
        assertThat(verdict(server)).isEqualTo(new Verdict.NotListening());
    }

    @Test
    void theAdviceFollowsTheKernelsSetting() {
        assertThat(SharedPort.advice("1")).isEmpty();
        assertThat(SharedPort.advice("0").orElseThrow()).contains("'sysctl net.ipv4.tcp_migrate_req=1'");
        assertThat(SharedPort.advice("").orElseThrow()).contains("proxy mode").doesNotContain("sysctl");
        assertThat(SharedPort.advice()).isEqualTo(SharedPort.advice(setting()));
    }

    private static String setting() {
        try {
            return Procfs.read(Path.of("/proc/sys/net/ipv4/tcp_migrate_req")).strip();
        } catch (IOException absent) {
            return "";
        }
    }
}
