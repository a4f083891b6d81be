package io.livepatch.supervisor.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.supervisor.LogSpec;
import io.livepatch.supervisor.PoolSpec;
import io.livepatch.supervisor.WorkerOutput;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OutputFactoryTest {

    private static final PoolSpec WEB =
            PoolSpec.of("web", List.of("/bin/true")).replicas(2).build();

    private static final OutputLimits LIMITS = new OutputLimits(64, 1024, Duration.ofSeconds(1), 4000);

    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-01-31T12:00:00Z");
    private final InstantSource clock = () -> now;
    private final List<Runnable> timers = new ArrayList<>();

    private AsyncLineWriter out;
    private AsyncLineWriter err;
    private OutputFactory factory;
    private WorkerOutput worker;

    @BeforeEach
    void start() throws IOException {
        out = writer("out");
        err = writer("err");
        factory = new OutputFactory(out, err, LIMITS, clock, (delay, task) -> timers.add(task));
        worker = factory.open(WEB, "web-0", 0);
    }

    @AfterEach
    void stop() {
        out.close();
        err.close();
    }

    private AsyncLineWriter writer(String name) throws IOException {
        FileChannel file = FileChannel.open(folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        AsyncLineWriter writer = new AsyncLineWriter(name, file, 1 << 20, Duration.ofSeconds(20), clock);
        writer.start();
        return writer;
    }

    private void out(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        worker.out(bytes, bytes.length);
    }

    private void err(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        worker.err(bytes, bytes.length);
    }

    private List<String> written(String name) throws IOException {
        worker.close();
        out.close();
        err.close();
        return Files.readAllLines(folder.resolve(name));
    }

    private void elapse(Duration time) {
        now = now.plus(time);
        List<Runnable> due = List.copyOf(timers);
        timers.clear();
        due.forEach(Runnable::run);
    }

    private static String wrapped(String message) {
        return "{\"time\":\"2026-01-31T12:00:00.000Z\",\"level\":\"info\",\"pool\":\"web\",\"worker_id\":\"web-0\","
                + "\"stream\":\"stdout\",\"message\":\"" + message + "\"}";
    }

    @Test
    void anObjectKeepsItsTextAndGainsTheWorkerId() throws IOException {
        out("{}\n{ }\n{\"b\":1,\"a\":2}\n");
        out("{\"z\" : [1, {\"worker_id\":\"inner\"}] , \"n\":123456789012345678901234567890.10,\"t\":1.50}  \n");
        out("  {\"text\":\"a \\\"quoted\\\" } \\u00e4 ä 😀\",\"same\":1,\"same\":2}\n{\"crlf\":true}\r\n");
        List<String> lines = written("out");
        assertThat(lines)
                .containsExactly(
                        "{\"worker_id\":\"web-0\"}",
                        "{ \"worker_id\":\"web-0\"}",
                        "{\"b\":1,\"a\":2,\"worker_id\":\"web-0\"}",
                        "{\"z\" : [1, {\"worker_id\":\"inner\"}] , \"n\":123456789012345678901234567890.10,"
                                + "\"t\":1.50,\"worker_id\":\"web-0\"}",
                        "  {\"text\":\"a \\\"quoted\\\" } \\u00e4 ä 😀\",\"same\":1,\"same\":2,\"worker_id\":\"web-0\"}",
                        "{\"crlf\":true,\"worker_id\":\"web-0\"}");
        assertThat(factory.counts().parseFailures()).isZero();
        assertThat(factory.counts().lines()).isEqualTo(6);
    }

    @Test
    void anExistingWorkerIdIsKeptAndOursGetsAnotherName() throws IOException {
        out("""
                {"worker_id":"job-7"}
                {"worker\\u005fid":7,"x":1}
                {"worker_id":1,"supervisor_worker_id":2}
                """);
        assertThat(written("out"))
                .containsExactly(
                        "{\"worker_id\":\"job-7\",\"supervisor_worker_id\":\"web-0\"}",
                        "{\"worker\\u005fid\":7,\"x\":1,\"supervisor_worker_id\":\"web-0\"}",
                        wrapped("{\\\"worker_id\\\":1,\\\"supervisor_worker_id\\\":2}"));
        assertThat(factory.counts().parseFailures()).isZero();
    }

    @Test
    void invalidJsonObjectsAreCountedAndWrapped() throws IOException {
        List<String> invalid = List.of(
                "{",
                "{\"a\":1",
                "{a:1}",
                "{\"a\":1}}",
                "{\"a\":1} {\"b\":2}",
                "{\"a\":1},",
                "{\"a\":}",
                "{\"a\":\"\\q\"}",
                "{\"a\":\"tab\there\"}",
                "{\"a\":01}",
                "{'a':1}",
                "{\"a\":NaN}",
                "{\"a\":1,}",
                "{\0\"\0a\0\"\0:\0001\0}\0");
        invalid.forEach(line -> out(line + "\n"));
        List<String> lines = written("out");
        assertThat(factory.counts().parseFailures()).isEqualTo(invalid.size());
        assertThat(lines).hasSameSizeAs(invalid);
        for (int i = 0; i < invalid.size(); i++) {
            assertThat(json(lines.get(i)).get("message").asString()).isEqualTo(invalid.get(i));
        }
    }

    private static JsonNode json(String line) {
        return JsonMapper.shared().readTree(line);
    }

    @Test
    void otherLinesAreWrapped() throws IOException {
        String odd = "tab\t quote\" back\\slash \u0007 \u2028 ä€😀 \u001b[31mred";
        out("plain\n\n[1,2]\n\"text\"\n17\n" + odd + "\n");
        err("oops\n");
        List<String> lines = written("out");
        assertThat(lines.subList(0, 5))
                .containsExactly(
                        wrapped("plain"), wrapped(""), wrapped("[1,2]"), wrapped("\\\"text\\\""), wrapped("17"));
        assertThat(json(lines.get(5)).get("message").asString()).isEqualTo(odd);
        assertThat(Files.readAllLines(folder.resolve("err")))
                .containsExactly(
                        wrapped("oops").replace("\"info\"", "\"error\"").replace("stdout", "stderr"));
        assertThat(factory.counts().parseFailures()).isZero();
        assertThat(factory.counts().bytes())
                .isEqualTo(
                        ("plain\n\n[1,2]\n\"text\"\n17\n" + odd + "\noops\n").getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void invalidUtf8IsReplacedAndCounted() throws IOException {
        byte[] text = {'a', (byte) 0xC3, 'b', (byte) 0xEF, (byte) 0xBF, (byte) 0xBD, '\n'};
        byte[] object = {'{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', ':', '1', '}', '\n'};
        byte[] neither = {'{', (byte) 0xFF, '\n'};
        worker.out(text, text.length);
        worker.out(object, object.length);
        worker.out(neither, neither.length);
        List<String> lines = written("out");
        assertThat(lines.getFirst()).isEqualTo(wrapped("a\uFFFDb\uFFFD"));
        assertThat(lines.get(1)).startsWith("{\"\uFFFD").endsWith("\":1,\"worker_id\":\"web-0\"}");
        assertThat(lines.get(2)).isEqualTo(wrapped("{\uFFFD"));
        long inSurrogate = lines.get(1).chars().filter(it -> it == '\uFFFD').count();
        assertThat(factory.counts().invalidSequences()).isEqualTo(1 + inSurrogate + 1);
        assertThat(factory.counts().parseFailures()).isOne();
    }

    @Test
    void aLongTextIsSplitIntoPartsAndALongObjectIsNot() throws IOException {
        String text = "ä".repeat(80);
        String object = "{\"a\":\"" + "x".repeat(900) + "\"";
        out(text + "\nshort\n" + object + "}\n");
        List<String> lines = written("out");
        assertThat(lines.subList(0, 5))
                .containsExactly(
                        part("ä".repeat(32), "\"line\":1,\"part\":1"),
                        part("ä".repeat(32), "\"line\":1,\"part\":2"),
                        part("ä".repeat(16), "\"line\":1,\"part\":3,\"last\":true"),
                        wrapped("short"),
                        object + ",\"worker_id\":\"web-0\"}");
        assertThat(factory.counts().splitLines()).isOne();
        assertThat(factory.counts().lines()).isEqualTo(3);
    }

    private static String part(String message, String members) {
        String whole = wrapped(message);
        return whole.substring(0, whole.length() - 1) + "," + members + "}";
    }

    @Test
    void aPromptIsPassedOnAfterTheQuietTime() throws IOException {
        out("Pass");
        elapse(Duration.ofMillis(700));
        out("word: ");
        assertThat(timers).as("one timer at a time").hasSize(1);
        elapse(Duration.ofMillis(700));
        assertThat(factory.recent("web-0")).isEmpty();
        elapse(Duration.ofMillis(300));
        assertThat(factory.recent("web-0")).extracting(Line::text).containsExactly("Password: ");
        assertThat(timers).as("no unfinished line").isEmpty();
        out("ok\n");
        assertThat(written("out"))
                .extracting(line -> json(line).get("message").asString())
                .containsExactly("Password: ", "ok");
    }

    @Test
    void theEndOfAProcessEndsItsLastLine() throws IOException {
        out("one\nunfinis");
        worker.ended();
        out("two\n");
        err("three");
        worker.ended();
        worker.ended();
        assertThat(factory.recent("web-0"))
                .containsExactly(
                        new Line(now, Line.Stream.STDOUT, 1, "one"),
                        new Line(now, Line.Stream.STDOUT, 1, "unfinis"),
                        new Line(now, Line.Stream.STDOUT, 2, "two"),
                        new Line(now, Line.Stream.STDERR, 2, "three"));
        assertThat(written("out")).containsExactly(wrapped("one"), wrapped("unfinis"), wrapped("two"));
    }

    @Test
    void recentLinesAreBoundedAndKeptAfterTheWorkerIsRemoved() {
        for (int i = 0; i < 1000; i++) {
            out("line " + i + "\n");
        }
        out("{\"long\":\"" + "x".repeat(1000) + "\"}\n" + "{\"long\":\"" + "x".repeat(1001) + "\"}\n");
        worker.close();
        List<Line> recent = factory.recent("web-0");
        assertThat(recent).hasSizeBetween(10, 4000 / 64);
        assertThat(recent.get(recent.size() - 3).text()).isEqualTo("line 999");
        assertThat(recent.getLast().text()).hasSize(1001).endsWith("…");
        worker = factory.open(WEB, "web-0", 0);
        out("again\n");
        assertThat(factory.recent("web-0")).last().isEqualTo(new Line(now, Line.Stream.STDOUT, 2, "again"));
        assertThat(factory.recent("web-7")).isEmpty();
        for (int i = 1; i < 200; i++) {
            WorkerOutput other = factory.open(WEB, "web-" + i, i);
            other.out(new byte[] {'\n'}, 1);
            other.close();
        }
        assertThat(factory.recent("web-1")).as("removed long ago").isEmpty();
        assertThat(factory.recent("web-199")).hasSize(1);
        assertThat(factory.recent("web-0")).as("exists").isNotEmpty();
    }

    @Test
    void aPoolWithALogKeepsTheBytesAndItsRecentLines() throws IOException {
        PoolSpec filed = WEB.but().log(LogSpec.of(folder.resolve("web.log"))).build();
        worker = factory.open(filed, "web-1", 1);
        assertThat(worker.merged()).isTrue();
        out("{\"a\": 1}\r\nhalf");
        worker.ended();
        out("\nwhole\n");
        assertThat(factory.recent("web-1"))
                .extracting(Line::text, Line::process, Line::stream)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("{\"a\": 1}", 1, Line.Stream.MERGED),
                        org.assertj.core.groups.Tuple.tuple("half", 1, Line.Stream.MERGED),
                        org.assertj.core.groups.Tuple.tuple("", 2, Line.Stream.MERGED),
                        org.assertj.core.groups.Tuple.tuple("whole", 2, Line.Stream.MERGED));
        assertThat(written("out")).isEmpty();
        assertThat(folder.resolve("web-1.log")).hasContent("{\"a\": 1}\r\nhalf\nwhole\n");
        assertThat(factory.counts()).isEqualTo(new OutputCounts(4, 21, 0, 0, 0, 0, 0));
    }

    @Test
    void outputThatAFullDiskRefusesIsCountedAndStaysRecent() throws IOException {
        Files.createSymbolicLink(folder.resolve("web.log"), Path.of("/dev/full"));
        worker = factory.open(
                WEB.but().log(LogSpec.of(folder.resolve("web.log"))).build(), "web-0", 0);
        out("lost\n");
        assertThat(factory.counts().droppedBytes()).isEqualTo(5);
        assertThat(factory.recent("web-0")).extracting(Line::text).containsExactly("lost");
    }
}
