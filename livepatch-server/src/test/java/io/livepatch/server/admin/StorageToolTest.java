package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.admin.CommandContext.Environment;
import io.livepatch.server.admin.ScriptedAdmin.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StorageToolTest {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> environment = new TreeMap<>();
    private final Deque<Answer> answers = new ArrayDeque<>();
    private Duration silence = Duration.ofSeconds(30);

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        environment.put("LIVEPATCH_ADMIN_HOME", directory.toString());
        Environment cliContext = new Environment(
                environment,
                new ByteArrayInputStream("admin:pass\n".getBytes(UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err),
                Optional.empty(),
                silence);
        return Main.commandLine(cliContext).execute(arguments);
    }

    /** A server that returns these answers in order, and then repeats the last one. */
    private ScriptedAdmin answering(Answer... script) throws IOException {
        answers.addAll(List.of(script));
        ScriptedAdmin server = ScriptedAdmin.http(request -> request.line().startsWith("POST /v1/admin/login ")
                ? Answer.json("{\"token\":\"t\",\"expires-at\":\"2099-01-01T00:00:00Z\"}")
                : answer());
        environment.put("LIVEPATCH_URL", server.url());
        assertThat(run("login", "-a", "@-")).isZero();
        return server;
    }

    private synchronized Answer answer() {
        return answers.size() > 1 ? answers.remove() : answers.element();
    }

    private static Answer move(String state, int done, String more) {
        return Answer.json("""
                {"state":"%s","from":"filesystem","to":"s3","patches":{"done":%d,"total":4},
                 "bytes":{"done":%d,"total":4000}%s}""".formatted(state, done, done * 1000, more));
    }

    private static String next(int copied) {
        return ",\"next\":{\"after\":\"" + PATCH + "\",\"copied\":" + copied + "},\"last\":\"" + PATCH + "\"";
    }

    @Test
    void migrationTakesSteps() throws IOException {
        try (ScriptedAdmin server = answering(
                move("planned", 0, ""),
                move("moving", 2, next(2)),
                move("moved", 4, ",\"advice\":[\"set patch-storage.type to 's3'\"]"))) {
            assertThat(run("storage", "migrate", "--to", "s3"))
                    .as(err.toString())
                    .isZero();

            assertThat(server.requests().subList(1, 4))
                    .extracting(ScriptedAdmin.Request::body)
                    .containsExactly(
                            "{\"to\":\"s3\",\"dry-run\":true}",
                            "{\"to\":\"s3\"}",
                            "{\"to\":\"s3\",\"next\":{\"after\":\"" + PATCH + "\",\"copied\":2}}");
            assertThat(out.toString())
                    .contains("moved 2 of 4 patches, 2.0 of 4.0 kB")
                    .contains("moved 4 patches, 4.0 kB, from 'filesystem' to 's3' in ")
                    .contains("set patch-storage.type to 's3'");
        }
    }

    @Test
    void requestsAreRetriedDuringAShortOutage() throws IOException {
        try (ScriptedAdmin server = answering(
                move("planned", 0, ""),
                Answer.problem(503, "the database cannot be reached"),
                Answer.problem(409, "another migration is at work"),
                new Answer(502, ""),
                move("moved", 4, ""))) {
            assertThat(run("storage", "migrate", "--to", "s3"))
                    .as(err.toString())
                    .isZero();

            assertThat(err.toString()).contains("the database cannot be reached (503), try again; trying again");
            assertThat(server.requests()).hasSize(6);
        }
    }

    @Test
    void taskFailsInALongOutage() throws IOException {
        silence = Duration.ofMillis(500);
        try (ScriptedAdmin server = answering(Answer.problem(503, "away"))) {
            assertThat(run("storage", "status")).isEqualTo(1);
            assertThat(err.toString()).contains("away (503)");
            assertThat(server.requests()).hasSizeGreaterThan(2);
        }
        assertThat(run("storage", "status")).isEqualTo(3);
    }

    @Test
    void conflictWithAnotherMigrationIsNotRetried() throws IOException {
        try (ScriptedAdmin server =
                answering(move("planned", 0, ""), Answer.problem(409, "another migration is at work"))) {
            assertThat(run("storage", "migrate", "--to", "s3")).isEqualTo(1);
            assertThat(err.toString()).contains("another migration is at work");
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void obstaclesAreNamedOnceAndMakeItFail() throws IOException {
        String obstacles = ",\"obstacles\":[{\"filename\":\"" + PATCH + "\",\"reason\":\"damaged\\u001b[2J\"}]";
        try (ScriptedAdmin server = answering(
                move("planned", 0, ""),
                move("moving", 3, obstacles + ",\"next\":{\"after\":\"\",\"copied\":0}"),
                move("blocked", 3, obstacles))) {
            assertThat(run("storage", "migrate", "--to", "s3")).isEqualTo(1);
            assertThat(err.toString()).containsOnlyOnce(PATCH + ": damaged?[2J");
            assertThat(out.toString())
                    .contains("copied 3 of 4 patches to 's3'; they are still served from 'filesystem'");
            assertThat(server.requests()).hasSize(4);
        }
    }

    @Test
    void obstacleOfAllPreventsTheFirstStep() throws IOException {
        try (ScriptedAdmin server =
                answering(move("planned", 0, ",\"obstacles\":[{\"reason\":\"no bucket is configured\"}]"))) {
            assertThat(run("storage", "migrate", "--to", "s3")).isEqualTo(1);
            assertThat(err.toString()).contains("no bucket is configured");
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void dryRunRequestsOnlyThePlan() throws IOException {
        try (ScriptedAdmin server = answering(move("planned", 1, ""))) {
            assertThat(run("storage", "migrate", "--to", "s3", "--dry-run", "--format", "json"))
                    .isZero();
            assertThat(AdminApi.JSON.readTree(out.toString()).path("state").asString())
                    .isEqualTo("planned");
            assertThat(run("storage", "migrate", "--to", "s3", "--dry-run")).isZero();
            assertThat(out.toString())
                    .contains("would move 3 patches, 3.0 kB, from 'filesystem' to 's3'; 1 more are already there");
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void verificationTakesStepsAndSumsUp() throws IOException {
        String amounts = "\"patches\":{\"done\":%d,\"total\":4},\"bytes\":{\"done\":%d000,\"total\":4000}";
        try (ScriptedAdmin server = answering(
                Answer.json("{\"type\":\"s3\"," + amounts.formatted(2, 2) + ",\"damaged\":[{\"filename\":\"" + PATCH
                        + "\",\"state\":\"rotten\",\"reason\":\"r\"}],\"after\":\"" + PATCH + "\"}"),
                Answer.json("{\"type\":\"s3\"," + amounts.formatted(4, 4) + ",\"damaged\":[]}"))) {
            assertThat(run("storage", "verify")).isEqualTo(1);
            assertThat(server.requests().getLast().body()).isEqualTo("{\"after\":\"" + PATCH + "\"}");
            assertThat(out.toString()).contains("verified 4 patches, 4.0 kB, in 's3' in ", "1 are damaged");
            assertThat(err.toString()).contains(PATCH + ": r", "upload them again");
        }
    }

    @Test
    void damagedCopiesInTheCacheAreNamed() throws IOException {
        try (ScriptedAdmin _ = answering(verified("\"" + PATCH + "\""))) {
            assertThat(run("storage", "verify")).isEqualTo(1);
            assertThat(out.toString())
                    .contains(
                            "all are whole",
                            "verified 3 copies in the caches of the units that answered",
                            "1 were damaged");
            assertThat(err.toString())
                    .contains(PATCH + ": the copy in the cache of a unit was damaged; it was removed")
                    .doesNotContain("upload them again");
        }
    }

    @Test
    void copiesInTheCacheThatAreWholeAreCounted() throws IOException {
        try (ScriptedAdmin _ = answering(verified(""))) {
            assertThat(run("storage", "verify", "--format", "json"))
                    .as(err.toString())
                    .isZero();
            assertThat(out.toString().replaceAll("\\s", "")).contains("\"cache\":{\"checked\":3,\"removed\":[]}");
        }
    }

    private static Answer verified(String removed) {
        return Answer.json("""
                {"type":"s3","patches":{"done":4,"total":4},"bytes":{"done":4000,"total":4000},"damaged":[],
                 "cache":{"checked":3,"removed":[%s]}}""".formatted(removed));
    }

    @Test
    void unknownStoreTypeIsRefusedWithoutARequest() throws IOException {
        try (ScriptedAdmin server = answering(move("planned", 0, ""))) {
            assertThat(run("storage", "migrate", "--to", "nfs")).isEqualTo(2);
            assertThat(err.toString()).contains("'nfs' is no type of store; the types are filesystem, postgres, s3");
            assertThat(run("storage")).isEqualTo(2);
            assertThat(server.requests()).hasSize(1);
        }
    }
}
