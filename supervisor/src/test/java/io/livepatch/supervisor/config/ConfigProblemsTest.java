package io.livepatch.supervisor.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigProblemsTest {

    @TempDir
    private Path directory;

    private TestFiles files;

    @BeforeEach
    void setUp() {
        files = TestFiles.in(directory);
    }

    @Test
    void allProblemsAreReportedAtOnceWithTheirLines() {
        assertThat(files.problems(TestFiles.resource("wrong.yaml")))
                .containsExactlyElementsOf(
                        TestFiles.resource("wrong.txt").lines().toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "replicas: \"4\"         | replicas: '4' is a text in quotes; give a whole number from 0 to 1000",
                "replicas: four          | replicas: 'four' is not a whole number; give a whole number from 0 to 1000",
                "replicas: 1001          | replicas: '1001' is out of range; give a whole number from 0 to 1000",
                "replicas: 0x10          | replicas: '0x10' is not a whole number; give a whole number from 0 to 1000",
                "signal_timeout: 10      | signal_timeout: '10' has no unit; give a duration such as 10s, 1h30m or 200ms",
                "signal_timeout: -10s    | signal_timeout: '-10s' is not a duration; give a duration such as 10s, 1h30m or 200ms",
                "clear_env: yes          | clear_env: 'yes' is not true or false; give true or false, without quotes",
                "stop_signal: SIGTERM    | stop_signal: 'SIGTERM' is no stop signal; give a name such as TERM, INT, USR1 or KILL",
                "umask: 999              | umask: '999' is no umask; give three octal digits, such as 027",
                "user: --root            | user: '--root' is no user; give letters, digits and '._-', at most 32",
                "args: --port            | args: is a single value; give a list: [--flag, value]",
                "limits: {memory: 1MB}   | limits.memory: '1MB' is not a size; give bytes, or a size such as 512MiB or 1GiB",
                "limits: {jitter_ratio: 2} | limits.jitter_ratio: '2' is out of range; give a number from 0 to 1",
                "limits: 4h              | limits: is a single value; give keys and values",
                "recycle: {order: start-frist} | recycle.order: 'start-frist' is not known (did you mean 'start-first'?); give start-first or stop-first",
                "restart: {cap: 100ms}   | restart.cap: '100ms' is below the initial pause of 200ms; raise it, or lower 'initial'",
                "health: {}              | health: has none of http, tcp, command; give one of them",
                "health: {command: []}   | health.command: '[]' names no program; give a list: [program, argument, …]",
                "limits: {lifespan: 4h, requests_url: \"http://127.0.0.1:1/\"} | limits.requests_metric: is missing, though 'requests_url' is given; give the name of a counter on that page",
                "output: {file: x, max_size: 1000} | output.max_size: '1000' is out of range; give bytes, or a size such as 512MiB or 1GiB, at least 1KiB",
                "server: {health_check_path: /, port_arg: {start_port: 9000, value_template: \"{{.Port}}\"}} | server.port_arg.name: is missing, though 'value_template' is given; give the name of a flag, such as --port",
                "env: {A: }              | env.A: is empty; give names and values; \"\" is an empty one, \"${NAME}\" one of the supervisor's own",
                "env: {a.b: secret}      | env.a.b: 'a.b' is no variable: letters, digits and '_'",
                "listen: {port: 8080, worker_port: 65535} | listen: '65536' is no last port of pool web: there are none beyond 65535",
                "limits: {requests: 5}   | limits: a limit of requests needs a count of requests; give limits.requests_metric and limits.requests_url, or use proxy mode",
            })
    void problemsNameTheAllowedValues(String keys, String problem) {
        assertThat(files.problems(TestFiles.workers(keys)))
                .containsExactly("pool.yaml:5: supervisor.workers[0]." + problem);
    }

    @Test
    void anUnknownKeyWithoutASimilarOneListsAllKeys() {
        assertThat(files.problems(TestFiles.workers("recycle: {xyzzy: 1}")))
                .containsExactly(
                        "pool.yaml:5: supervisor.workers[0].recycle.xyzzy: unknown key; remove it; keys are order, max_unavailable, ready_within");
    }

    @Test
    void invalidYamlIsReportedWithoutQuotingIt() {
        assertThat(files.problems(TestFiles.workers("env: {PASSWORD: \"hunter2}")))
                .singleElement()
                .asString()
                .startsWith("pool.yaml:")
                .contains("is not YAML here")
                .doesNotContain("hunter2");
        assertThat(files.problems("")).singleElement().asString().startsWith("pool.yaml: supervisor: names no pool");
        assertThat(files.problems("a: 1\n---\nb: 1\n")).anyMatch(it -> it.contains("second document"));
        assertThat(files.problems("admin: {port: 1}"))
                .containsExactly(
                        "pool.yaml:1: supervisor: names no pool; give 'workers:' with at least one '- name: …', or a control.socket");
    }

    @Test
    void missingVariablesAreNamedAndNoValueIsQuoted() {
        assertThat(files.problems(TestFiles.workers("env: {A: 'hunter2 ${ABSENT}', B: 'hunter2 ${'}")))
                .containsExactly(
                        "pool.yaml:5: supervisor.workers[0].env.A: names 'ABSENT', which is not set in the environment of the supervisor; set it there, or write '${ABSENT:-…}'",
                        "pool.yaml:5: supervisor.workers[0].env.B: contains '${' without the name of a variable; write '$${' for that text itself");
    }

    @Test
    void problemsOfAFileOfVariablesHaveItsLines() {
        files.with("web.env", "A=1\nhunter2\nA=2\n");
        List<String> problems = files.problems(TestFiles.workers("env_file: web.env"));
        assertThat(problems)
                .containsExactly("web.env:2: is not NAME=value", "web.env:3: A: is given twice; keep one of them");
        assertThat(files.problems(TestFiles.workers("env_file: absent.env")))
                .containsExactly(
                        "pool.yaml:5: supervisor.workers[0].env_file: 'absent.env' does not exist; give a file of NAME=value lines");
    }
}
