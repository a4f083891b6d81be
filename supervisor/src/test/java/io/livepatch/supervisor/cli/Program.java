package io.livepatch.supervisor.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The supervisor in its own process: output, log, admin endpoint, exit code. */
final class Program implements AutoCloseable {

    static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern ENDPOINT = Pattern.compile("admin endpoint at (http://[0-9.:]+)");

    private final Process process;
    private final List<String> out = new CopyOnWriteArrayList<>();
    private final List<String> err = new CopyOnWriteArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();

    private Program(Process process) {
        this.process = process;
    }

    /** Runs {@code yaml}, written to {@code pool.yaml} in {@code folder}, with these further options. */
    static Program start(Path folder, String yaml, String... options) {
        write(folder, yaml);
        return launch(folder, options).readOutput();
    }

    /** The same, but its standard output is not read. */
    static Program startUnread(Path folder, String yaml, String... options) {
        write(folder, yaml);
        return launch(folder, options);
    }

    /** Runs the configuration {@code pool.yaml}. */
    static Program launch(Path folder, String... options) {
        // A shell starts background jobs with SIGINT ignored, nohup its command with SIGHUP, and the tests and their
        // children inherit
        // that.
        List<String> command = new ArrayList<>(List.of(
                "env",
                "--default-signal",
                JAVA.toString(),
                "@" + Path.of("..", "scripts", "jvm", "supervisor.options").toAbsolutePath(),
                "-cp",
                classPath(),
                Main.class.getName(),
                "-c",
                folder.resolve("pool.yaml").toString()));
        command.addAll(List.of(options));
        try {
            Program program = new Program(
                    new ProcessBuilder(command).directory(folder.toFile()).start());
            program.read(program.process.getErrorStream(), program.err);
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads its standard output from now on. */
    Program readOutput() {
        read(process.getInputStream(), out);
        return this;
    }

    static void write(Path folder, String yaml) {
        try {
            Files.writeString(folder.resolve("pool.yaml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The class path of the shipped program, without test classes. */
    private static String classPath() {
        return classPath(entry -> !entry.endsWith("test-classes"));
    }

    static String testClasses() {
        return classPath(entry -> entry.endsWith("test-classes"));
    }

    private static String classPath(Predicate<String> which) {
        return Arrays.stream(System.getProperty("java.class.path").split(":", -1))
                .filter(which)
                .collect(Collectors.joining(":"));
    }

    private void read(InputStream stream, List<String> lines) {
        Thread.ofPlatform().daemon().start(() -> {
            try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                reader.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException closed) {
                lines.add("(closed)");
            }
        });
    }

    String out() {
        return String.join("\n", out);
    }

    String log() {
        return String.join("\n", err);
    }

    void awaitLog(String text) {
        await(text).atMost(TIMEOUT).until(() -> log().contains(text) || !process.isAlive());
        await("the rest of its log")
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(log()).contains(text));
    }

    void awaitOut(String text) {
        await(text).atMost(TIMEOUT).untilAsserted(() -> assertThat(out()).contains(text));
    }

    private URI endpoint() {
        awaitLog("admin endpoint at http");
        Matcher matcher = ENDPOINT.matcher(log());
        assertThat(matcher.find()).isTrue();
        return URI.create(matcher.group(1));
    }

    HttpResponse<String> request(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(endpoint().resolve(path))
                .timeout(TIMEOUT)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("no answer to " + request + "; its log: " + log(), e);
        }
    }

    JsonNode send(String method, String path, String body) {
        HttpResponse<String> answer = request(method, path, body);
        assertThat(answer.statusCode())
                .as("%s %s: %s", method, path, answer.body())
                .isBetween(200, 299);
        return JsonMapper.shared().readTree(answer.body());
    }

    JsonNode get(String path) {
        return JsonMapper.shared().readTree(request("GET", path, "").body());
    }

    String metrics() {
        return request("GET", "/metrics", "").body();
    }

    /** The pids of the ready workers, by worker id. */
    Map<String, Long> pids(String pool) {
        Map<String, Long> pids = new TreeMap<>();
        get("/pools/" + pool).path("workers").forEach(worker -> {
            if ("ready".equals(worker.path("state").asString())) {
                pids.put(worker.path("id").asString(), worker.path("pid").asLong());
            }
        });
        return pids;
    }

    /** Waits until exactly this number of workers is ready. */
    Map<String, Long> awaitReady(String pool, int workers) {
        await(pool + " has " + workers + " ready workers")
                .atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(pids(pool)).as(log()).hasSize(workers));
        return pids(pool);
    }

    void awaitMetric(String sample) {
        await(sample).atMost(TIMEOUT).untilAsserted(() -> assertThat(metrics()).contains(sample));
    }

    /** The events of a pool of this kind, oldest first. */
    List<JsonNode> events(String pool, String kind) {
        List<JsonNode> found = new ArrayList<>();
        get("/events").path("events").forEach(event -> {
            if (pool.equals(event.path("pool").asString())
                    && kind.equals(event.path("event").asString())) {
                found.add(event);
            }
        });
        return found;
    }

    void awaitEvent(String pool, String kind, String reason) {
        await("%s in %s for %s".formatted(kind, pool, reason))
                .atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(events(pool, kind))
                        .as(log())
                        .anyMatch(event -> reason.equals(
                                event.path("details").path("reason").asString())));
    }

    /** Sends these signals without a pause in between. */
    void signal(String... names) {
        String kills = Arrays.stream(names)
                .map(name -> "kill -s %s $0".formatted(name))
                .collect(Collectors.joining("; "));
        try {
            new ProcessBuilder("sh", "-c", kills, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("cannot send " + kills, e);
        }
    }

    boolean running() {
        return process.isAlive();
    }

    int exitCode() {
        try {
            assertThat(process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS))
                    .as("it ends; its log: %s", log())
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    /** Whether the process exists and is not a zombie. */
    static boolean alive(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    static void awaitGone(Iterable<Long> pids) {
        await("all processes have ended")
                .atMost(TIMEOUT)
                .untilAsserted(() -> assertThat(pids).noneMatch(Program::alive));
    }

    /** Kills the supervisor, which ends all workers. */
    @Override
    public void close() {
        process.destroyForcibly();
        client.close();
    }
}
