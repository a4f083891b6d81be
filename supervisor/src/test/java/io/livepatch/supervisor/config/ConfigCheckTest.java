package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigCheckTest {

    private static final String HERE = "supervisor.workers[web].";

    @TempDir
    private Path directory;

    private TestFiles files;
    private ConfigCheck.Host host;

    @BeforeEach
    void setUp() {
        files = TestFiles.in(directory);
        host = new ConfigCheck.Host(
                Map.of("PATH", "/usr/bin:/bin"), "operator", 4L << 30, "root daemon operator"::contains);
    }

    private List<String> check(SupervisorConfig config) {
        return ConfigCheck.run(config, host).stream()
                .map(diagnostic -> diagnostic.toString().replace(directory + "/", ""))
                .toList();
    }

    private List<String> checkPool(String keys) {
        return check(files.pool(keys));
    }

    @Test
    void aValidPoolHasNoDiagnostics() {
        assertThat(checkPool("replicas: 3")).isEmpty();
        assertThat(checkPool("""
                replicas: 4
                listen: {port: 8080, worker_port: 9000}
                health: {http: "http://127.0.0.1:{worker_port}/live"}
                limits: {lifespan: 4h, jitter_ratio: 0.1, memory: 256MiB, memory_hard: 512MiB}
                restart: {stable_after: 2m}
                desired_healthy_percentage: 75
                """)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    exec: absent-program | error: %sexec: 'absent-program' is not in PATH '/usr/bin:/bin'; is it installed?
                    exec: bin/absent     | error: %sexec: 'bin/absent' does not exist; is it installed?
                    exec: pool.yaml      | error: %sexec: 'pool.yaml' is not in PATH '/usr/bin:/bin'; is it installed?
                    exec: ./pool.yaml    | error: %sexec: './pool.yaml' is not an executable file; check its mode
                    """)
    void programsAreLookedUpAsByAStart(String exec, String finding) {
        List<String> found = check(files.read("supervisor: {workers: [{name: web, %s}]}".formatted(exec)));
        assertThat(found).containsExactly(finding.formatted(HERE));
    }

    @Test
    void thePathOfTheWorkerIsUsed() throws IOException {
        Path program = Files.writeString(
                Files.createDirectory(directory.resolve("own")).resolve("mine"), "");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        assertThat(
                        check(
                                files.read(
                                        "supervisor: {workers: [{name: web, exec: mine, env: {PATH: own}}, {name: b, exec: ./mine, cwd: own}]}")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    cwd: absent    | cwd: the directory 'absent' does not exist
                    user: nobodys  | user: the user 'nobodys' does not exist
                    user: daemon   | user: only root may start workers as 'daemon', and the supervisor runs as 'operator'
                    nice: -1       | nice: only root may use a negative niceness, and the supervisor runs as 'operator'
                    output: {file: pool.yaml/x.log} | output.file: 'pool.yaml/x.log': 'pool.yaml' is not a writable directory
                    server: {port_arg: {start_port: 9000}, health_check_path: /, proxy_config_path: pool.yaml} | server.proxy_config_path: 'pool.yaml': 'pool.yaml' is not a writable directory
                    limits: {memory: 1GiB, memory_hard: 1GiB} | limits.memory: 1GiB is not below memory_hard 1GiB: the kernel kills the worker before it can be replaced
                    limits: {memory: 4GiB} | limits.memory: 4GiB can never be reached: this machine has 4 GiB
                    health: {tcp: "127.0.0.1:{port}"} | health.tcp: '127.0.0.1:{port}' names a port that this pool does not have; set 'listen' or 'server'
                    health: {command: [check, "{worker_port}"]} | health.command: '{worker_port}' names a port that this pool does not have; set 'listen' or 'server'
                    """)
    void impossibleValuesAreErrors(String keys, String finding) {
        assertThat(checkPool(keys)).containsExactly("error: " + HERE + finding);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {http: "http://127.0.0.1:{port}/"} | health.http: 'http://127.0.0.1:{port}/' is the port that all workers share, so any worker may answer for another; set listen.worker_port and check {worker_port}
                    {http: "http://127.0.0.1:8080"}    | health.http: 'http://127.0.0.1:8080' is the port that all workers share, so any worker may answer for another; set listen.worker_port and check {worker_port}
                    {tcp: "127.0.0.1:8080"}            | health.tcp: '127.0.0.1:8080' is the port that all workers share, so any worker may answer for another; set listen.worker_port and check {worker_port}
                    {tcp: "127.0.0.1:{worker_port}"}   | health.tcp: '127.0.0.1:{worker_port}' names a port that this pool does not have; set listen.worker_port
                    """)
    void checksOfTheSharedPortAreErrors(String health, String finding) {
        assertThat(checkPool("listen: {port: 8080}\nhealth: " + health)).containsExactly("error: " + HERE + finding);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {replicas: 3, health: {tcp: "127.0.0.1:7"}} | health.tcp: all 3 workers are checked at '127.0.0.1:7', so one answers for all; set 'listen' or 'server', and check {worker_port} or {port}
                    {args: ["{port}"]} | args: '{port}' is passed on unchanged, because this pool has no such port; set 'listen' or 'server'
                    {replicas: 8, limits: {memory: 512MiB}} | limits.memory: 9 workers at this limit, replacements included, need 4.5 GiB, and this machine has 4 GiB
                    {limits: {open_files: 9, max_open_files: 9}} | limits.open_files: 9 is not below max_open_files 9, the maximum of one process: only a worker with child processes can reach it
                    {limits: {jitter_ratio: 0.1}} | limits.jitter_ratio: it has no effect without a lifespan
                    {limits: {lifespan: 4h}, max_restarts: 3} | max_restarts: Monoceros counts planned recycles against it and would stop everything after 16h (4 lifespans of 4h); this supervisor does not count them
                    {limits: {lifespan: 4h}, replicas: 4} | limits.jitter_ratio: without it all 4 workers are due together after 4h; they wait for one another, and the last may be replaced up to 30s late; 0.1 spreads them
                    {limits: {lifespan: 1m, jitter_ratio: 0.1}, replicas: 30, recycle: {max_unavailable: 4}} | limits.lifespan: the queue of recycles may never catch up: one may take 10s (10s to end), so 30 workers, 4 at a time, take up to 1m20s, and each is due again after 1m; raise the lifespan or max_unavailable, or lower those times
                    {replicas: 4, desired_healthy_percentage: 76} | desired_healthy_percentage: one crashed worker makes this pool unhealthy; at 75 or less it does not
                    {replicas: 4, desired_healthy_percentage: 75, recycle: {order: stop-first, max_unavailable: 2}, limits: {cpu: 1h}} | desired_healthy_percentage: every planned recycle makes this pool unhealthy: order stop-first with max_unavailable 2 leaves 2 of 4; lower it, or use start-first
                    {listen: {port: 8080}, limits: {cpu: 1h}} | ready: without a check a replacement counts as ready as soon as it runs, so the old worker may stop before the new one serves; set 'ready' or 'health'
                    """)
    void suspiciousValuesAreRemarks(String keys, String finding) {
        List<String> found = check(files.read(
                "supervisor: {workers: [{name: web, exec: sh, %s}]}".formatted(keys.substring(1, keys.length() - 1))));
        assertThat(found).containsExactly("remark: " + HERE + finding);
    }

    @Test
    void limitsThatAddUpToTheMemoryAreAccepted() {
        assertThat(checkPool("replicas: 7\nlimits: {memory: 512MiB}")).isEmpty();
    }

    @Test
    void portConflictsAcrossPoolsAreErrors() {
        List<String> found = check(files.read("""
                admin: {port: 9003}
                supervisor:
                  workers:
                    - {name: a, exec: sh, replicas: 3, listen: {port: 8080, worker_port: 9000}}
                    - {name: b, exec: sh, listen: {port: 8080, address: 127.0.0.2}}
                    - {name: c, exec: sh, recycle: {order: stop-first}, listen: {port: 8080, worker_port: 8999}}
                    - {name: d, exec: sh, server: {port_arg: {start_port: 9001}, health_check_path: /, listener_port: 8080}}
                """));
        assertThat(found)
                .containsExactly(
                        "error: supervisor.workers[a].listen.worker_port: ports 9000-9003 (3 replicas and 1 more while some are replaced): conflicts with port 9003 of admin.port; change one of them",
                        "error: supervisor.workers[c].listen.port: port 8080: conflicts with port 8080 of supervisor.workers[a].listen.port; change one of them",
                        "error: supervisor.workers[d].server.listener_port: port 8080: conflicts with port 8080 of supervisor.workers[a].listen.port; change one of them",
                        "error: supervisor.workers[d].server.listener_port: port 8080: conflicts with port 8080 of supervisor.workers[b].listen.port; change one of them",
                        "error: supervisor.workers[d].server.listener_port: port 8080: conflicts with port 8080 of supervisor.workers[c].listen.port; change one of them",
                        "error: supervisor.workers[d].server.port_arg.start_port: ports 9001-9002 (1 replicas and 1 more while some are replaced): conflicts with ports 9000-9003 (3 replicas and 1 more while some are replaced) of supervisor.workers[a].listen.worker_port; change one of them");
    }

    @Test
    void filesThatTwoPoolsShareAreErrors() {
        List<String> found = check(files.read("""
                supervisor:
                  workers:
                    - {name: a, exec: sh, replicas: 2, output: {file: logs/x.log}}
                    - {name: b, exec: sh, output: {file: logs/x-2.log}}
                    - {name: c, exec: sh, server: {port_arg: {start_port: 9000}, health_check_path: /, proxy_config_path: envoy}}
                    - {name: d, exec: sh, server: {port_arg: {start_port: 9100}, health_check_path: /, proxy_config_path: ./envoy, listener_port: 10001}}
                """));
        assertThat(found)
                .containsExactly(
                        "error: supervisor.workers[b].output.file: pool 'a' writes to 'logs/x-2.log' too; give each pool a file of its own",
                        "error: supervisor.workers[d].server.proxy_config_path: the balancer of pool 'c' uses the directory 'envoy' too; give each a directory of its own");
    }

    @Test
    void poolsThatExceedTheShutdownDeadlineAreRemarked() {
        String pools = """
                supervisor:
                  workers:
                    - {name: a, exec: sh, signal_timeout: 20s}
                    - {name: b, exec: sh, signal_timeout: 40s, server: {port_arg: {start_port: 9000}, health_check_path: /, signal_timeout: 50s}}
                """;
        assertThat(check(files.read(pools)))
                .containsExactly(
                        "remark: supervisor.workers[b].signal_timeout: a shutdown may kill workers of this pool early: they may take 1m30s (50s to drain, 40s to end), and shutdown.deadline is 1m; set that to 1m32s or more",
                        "remark: shutdown.deadline: an orderly shutdown may take 1m2s; by default Kubernetes kills after 30s (terminationGracePeriodSeconds): grant at least 62s");
        assertThat(check(files.read("shutdown: {deadline: 5m}\n" + pools)))
                .containsExactly(
                        "remark: shutdown.deadline: an orderly shutdown may take 1m32s; by default Kubernetes kills after 30s (terminationGracePeriodSeconds), and systemd after 90s (TimeoutStopSec): grant at least 92s");
    }

    @Test
    void anAdminEndpointThatOthersCanReachNeedsAToken() throws IOException {
        assertThat(check(files.read("admin: {address: 0.0.0.0}\n" + TestFiles.workers(""))))
                .containsExactly(
                        "error: admin.address: '0.0.0.0' can be reached from other machines, where anyone could stop workers without a token; set admin.token_file or listen on 127.0.0.1");
        String withToken = "admin: {address: '::', token_file: token}\n" + TestFiles.workers("");
        assertThat(check(files.read(withToken)))
                .containsExactly("error: admin.token_file: 'token' is not a readable file");
        assertThat(check(files.with("token", "x").read(withToken))).isEmpty();
        Files.setPosixFilePermissions(directory.resolve("token"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(check(files.read(withToken)))
                .containsExactly(
                        "remark: admin.token_file: 'token' is readable by every user of this machine; run chmod o-r");
    }

    @Test
    void worldReadableSecretsAreRemarked() throws IOException {
        files.with("web.env", "A=1\n");
        Files.setPosixFilePermissions(directory.resolve("web.env"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(checkPool("env_file: web.env"))
                .containsExactly(
                        "remark: supervisor.workers[0].env_file: 'web.env' is readable by every user of this machine; run chmod o-r");
    }

    @Test
    void theCurrentHostIsDescribed() {
        ConfigCheck.Host here = ConfigCheck.Host.current();
        assertThat(here.memoryBytes()).isGreaterThan(1L << 20);
        assertThat(here.users()).accepts("root", here.user()).rejects("nobody-of-that-name");
        assertThat(here.environment()).containsKey("PATH");
    }
}
