package io.livepatch.charm.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.charm.exec.ExternalProgram;
import io.livepatch.charm.exec.PrivateFile;
import io.livepatch.charm.testing.LocalModel;
import io.livepatch.common.file.FileTrees;
import io.livepatch.supervisor.Listening;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.ProcessEnvironment;
import io.livepatch.supervisor.control.SupervisorClient;
import io.livepatch.testing.Requires;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** A model that root has started: what serves the network, and what holds data, runs as users of its own. */
@Requires(Requires.Root.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UsersIT {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final String HAPROXY = "127.0.93.3";
    private static final String SERVER = "StandInServer";
    private static LocalModel model;

    @BeforeAll
    static void start() {
        model = new LocalModel("127.0.93");
        model.juju("deploy", "livepatch").expectSuccess();
        model.juju("wait-for", "--timeout", "2m").expectSuccess();
    }

    @AfterAll
    static void stop() {
        model.close();
    }

    private static Path unit(String name) {
        return model.home().resolve("units").resolve(name);
    }

    private static String user(ProcessHandle process) {
        return process.info().user().orElse("");
    }

    private static ProcessHandle server() {
        return model.process(SERVER).orElseThrow();
    }

    @Test
    @Order(1)
    void noProcessThatServesTheNetworkIsRoots() throws IOException {
        assertThat(model.processes("haproxy-0/haproxy.cfg"))
                .extracting(UsersIT::user)
                .containsExactlyInAnyOrder("root", "haproxy");
        assertThat(user(server())).isEqualTo("livepatch");
        assertThat(Files.readString(Path.of("/proc", String.valueOf(server().pid()), "status")))
                .contains("CapEff:\t0000000000000000");
        assertThat(model.processes("postgresql-0/data")).isNotEmpty().allMatch(it -> user(it).equals("postgres"));
        assertThat(ExternalProgram.of("getent", "passwd", "livepatch")
                        .runOrThrow()
                        .stdout())
                .endsWith(":/nonexistent:/usr/sbin/nologin\n");
    }

    @Test
    @Order(1)
    void theServersFilesAreItsOwnAndNobodyElseReadsThem() throws IOException {
        for (String name : List.of("livepatch.yaml", "livepatch.good.yaml", "patches", "cache")) {
            Path file = unit("livepatch-0").resolve(name);
            assertThat(Files.getOwner(file).getName()).as(name).isEqualTo("livepatch");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .as(name)
                    .endsWith("------");
        }
        for (String file : List.of("units/livepatch-0/livepatch.yaml", "units/haproxy-0/tls", "model.json")) {
            for (String stranger : List.of("nobody", "haproxy")) {
                assertThat(ExternalProgram.of(
                                        "test", "-r", model.home().resolve(file).toString())
                                .as(Optional.of(stranger))
                                .run()
                                .ok())
                        .as(stranger + " reads " + file)
                        .isFalse();
            }
        }
    }

    /** Tries to bind until the file exists. */
    private static final String BIND = """
            while (!-e $ARGV[2]) {
              socket(S, PF_INET, SOCK_STREAM, 0) && setsockopt(S, SOL_SOCKET, SO_REUSEPORT, 1) or die;
              if (bind(S, sockaddr_in($ARGV[1], inet_aton($ARGV[0])))) { print "bound\\n"; exit 0 }
              $n++;
              close S;
            }
            print "$n times refused\\n";
            """;

    @Test
    @Order(2)
    void whileHaproxyIsDownNoOtherUserCanTakeItsPorts() throws Exception {
        Path end = Path.of("/tmp").resolve(model.home().getParent().getFileName() + ".end");
        try {
            Process intruder = new ProcessBuilder(
                            "setpriv",
                            "--reuid=nobody",
                            "--regid=nogroup",
                            "--clear-groups",
                            "perl",
                            "-MSocket=:DEFAULT,SO_REUSEPORT",
                            "-e",
                            BIND,
                            HAPROXY,
                            "8443",
                            end.toString())
                    .redirectErrorStream(true)
                    .start();
            List<ProcessHandle> killed = model.processes("haproxy-0/haproxy.cfg");
            killed.forEach(ProcessHandle::destroyForcibly);
            await("haproxy is gone").atMost(SOON).until(() -> killed.stream().noneMatch(ProcessHandle::isAlive));
            await("haproxy is back").atMost(SOON).until(UsersIT::haproxyAnswers);
            Files.createFile(end);

            assertThat(new String(intruder.getInputStream().readAllBytes(), UTF_8))
                    .endsWith("times refused\n");
        } finally {
            Files.deleteIfExists(end);
        }
    }

    private static boolean haproxyAnswers() {
        return model.processes("haproxy-0/haproxy.cfg").size() == 2
                && connects(new InetSocketAddress(InetAddress.ofLiteral(HAPROXY), 8443));
    }

    private static boolean connects(InetSocketAddress address) {
        try (Socket client = new Socket()) {
            client.connect(address, 5_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** As a release left it that ran the server as root. */
    @Test
    @Order(3)
    void aServerOfRootIsReplacedWhileItsPortAnswersAndItsFilesAreHandedOver() throws IOException {
        Path patch = unit("livepatch-0").resolve("patches/livepatch-x/0123");
        Files.createDirectories(patch.getParent());
        Files.writeString(patch, "bytes");
        ExternalProgram.of("chown", "-R", "root:root", unit("livepatch-0").toString())
                .runOrThrow();
        ProcessHandle controller = model.process("ControllerMain").orElseThrow();
        ExternalProgram.of("kill", "-s", "STOP", String.valueOf(controller.pid()))
                .runOrThrow();
        InetSocketAddress address;
        try (SupervisorClient supervisor = SupervisorClient.open(model.home().resolve("supervisor.sock"))) {
            supervisor.awaitConnected(SOON);
            PoolSpec spec = supervisor
                    .pool("livepatch-0/livepatch-server")
                    .orElseThrow()
                    .spec();
            ProcessEnvironment ofRoot = ProcessEnvironment.PLAIN
                    .withEnvironment(spec.surroundings().environment())
                    .withDirectory(spec.surroundings().directory());
            supervisor.stop(spec.name());
            supervisor.apply(spec.but().surroundings(ofRoot).build(), "", Optional.empty());
            address = ((Listening.Shared) spec.listening()).address();
        }
        await("root's server").atMost(SOON).until(() -> connects(address));
        assertThat(user(server())).isEqualTo("root");
        controller.destroyForcibly();

        await("the server is replaced")
                .atMost(SOON)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    assertThat(connects(address)).isTrue();
                    return model.processes(SERVER).stream()
                            .map(UsersIT::user)
                            .toList()
                            .equals(List.of("livepatch"));
                });
        model.juju("wait-for", "--timeout", "1m").expectSuccess();

        await("its files are handed over")
                .atMost(SOON)
                .until(() -> Files.getOwner(unit("livepatch-0").resolve("livepatch.good.yaml"))
                        .getName()
                        .equals("livepatch"));
        assertThat(Files.getOwner(patch).getName()).isEqualTo("livepatch");
        assertThat(Files.getOwner(unit("livepatch-0").resolve("livepatch.yaml")).getName())
                .isEqualTo("livepatch");
    }

    @Test
    @Order(4)
    void aDirectoryThatTheUserCannotWriteToKeepsTheRunningServer() {
        Path directory = Path.of("/tmp").resolve(model.home().getParent().getFileName() + ".patches");
        PrivateFile.directory(directory, "rwxr-xr-x");
        long before = server().pid();
        try {
            model.juju("config", "livepatch", "patch-storage.filesystem-path=" + directory)
                    .expectSuccess();
            await("it is refused")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(model.juju("status").out())
                            .contains("the running one is kept: user 'livepatch' cannot read and write '" + directory)
                            .contains("chown -R livepatch: " + directory));
            assertThat(server().pid()).isEqualTo(before);

            PrivateFile.give(directory, "livepatch");
            model.juju("wait-for", "--timeout", "2m").expectSuccess();
            await("it runs with the directory").atMost(SOON).until(() -> server().pid() != before);

            Path missing = directory.resolve("a/b");
            model.juju("config", "livepatch", "patch-storage.filesystem-path=" + missing)
                    .expectSuccess();
            await("a directory that does not exist is created").atMost(SOON).until(() -> Files.exists(missing));
            model.juju("wait-for", "--timeout", "2m").expectSuccess();
        } finally {
            FileTrees.delete(directory);
        }
    }
}
