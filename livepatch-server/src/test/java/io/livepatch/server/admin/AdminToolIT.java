package io.livepatch.server.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.server.admin.CommandContext.Environment;
import io.livepatch.server.admin.ScriptedAdmin.Answer;
import io.livepatch.storage.Sha256;
import io.livepatch.testing.JavaCommand;
import io.livepatch.testing.TestCertificate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AdminToolIT {
    private static final String PATCH = "livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2";

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> environment = new TreeMap<>();
    private Duration responseTimeout = Duration.ofSeconds(30);
    private String input = "";

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        environment.putIfAbsent(
                "LIVEPATCH_ADMIN_HOME", directory.resolve("home").toString());
        Environment context = new Environment(
                environment,
                new ByteArrayInputStream(input.getBytes(UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err),
                Optional.empty(),
                responseTimeout);
        return Main.commandLine(context).execute(arguments);
    }

    /** A server that gives this answer to every request with a session. */
    private ScriptedAdmin server(Function<ScriptedAdmin.Request, Answer> script) throws IOException {
        ScriptedAdmin server = ScriptedAdmin.http(
                request -> request.line().startsWith("POST /v1/admin/login ") ? login(request) : script.apply(request));
        environment.put("LIVEPATCH_URL", server.url());
        return server;
    }

    private static Answer login(ScriptedAdmin.Request request) {
        String expected = "Basic " + Base64.getEncoder().encodeToString("admin:pa:ss".getBytes(UTF_8));
        return expected.equals(request.headers().get("authorization"))
                ? Answer.json("{\"token\":\"session-token\",\"expires-at\":\"2026-01-01T00:00:00Z\"}")
                : Answer.problem(401, "wrong user or password");
    }

    private ScriptedAdmin loggedIn(Function<ScriptedAdmin.Request, Answer> script) throws IOException {
        ScriptedAdmin server = server(script);
        assertThat(run("login", "-a", "admin:pa:ss")).isZero();
        return server;
    }

    private Path patch(byte[] bytes) throws IOException {
        return Files.write(directory.resolve(PATCH), bytes);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void loginStoresTheTokenPrivatelyAndPrintsNoSecret() throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.json("{\"tiers\":[]}"))) {
            Path file = directory.resolve("home/admin-token.json");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(out + "" + err).doesNotContain("session-token").doesNotContain("pa:ss");

            assertThat(run("tier", "list")).isZero();
            assertThat(server.requests().getLast().headers()).containsEntry("authorization", "Bearer session-token");
        }
    }

    @Test
    void passwordIsReadFromStandardInput() throws IOException {
        try (ScriptedAdmin server = server(request -> Answer.json("{}"))) {
            input = "admin:pa:ss\nmore\n";
            assertThat(run("login", "--auth", "@-")).isZero();
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void wrongPasswordIsReportedWithTheServersMessage() throws IOException {
        try (ScriptedAdmin server = server(request -> Answer.json("{}"))) {
            assertThat(run("login", "-a", "admin:wrong")).isEqualTo(1);
            assertThat(err.toString()).contains("wrong user or password").doesNotContain("admin:wrong");
            assertThat(server.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 409, 413, 507})
    void answerDuringAnUploadIsReadAlthoughTheConnectionIsClosed(int status) throws IOException {
        try (ScriptedAdmin server =
                loggedIn(request -> Answer.problem(status, "the answer").inTheMiddle())) {
            assertThat(run("patch", "add", patch(bytes(20 << 20)).toString())).isEqualTo(1);
            assertThat(err.toString()).contains(status == 401 ? "run livepatch-admin login" : "the answer (" + status);
            assertThat(server.requests()).as("log-in, upload, upload again").hasSize(3);
        }
    }

    @Test
    void requestWithoutASessionIsUnauthorized() throws IOException {
        try (ScriptedAdmin server = server(request -> Answer.json("{}"))) {
            assertThat(run("tier", "list")).isEqualTo(1);
            assertThat(err.toString()).contains("run livepatch-admin login");
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void expiredSessionIsReported() throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.problem(401, "unknown token"))) {
            assertThat(run("tier", "list")).isEqualTo(1);
            assertThat(err.toString())
                    .contains("session expired or not logged in: run livepatch-admin login")
                    .doesNotContain("session-token");
            assertThat(run("logout")).isZero();
            assertThat(directory.resolve("home/admin-token.json")).hasContent("{}");
            assertThat(server.url()).isNotEmpty();
        }
    }

    @Test
    void loggingOutEndsTheSessionAtTheServerThenForgetsIt() throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> new Answer(204, ""))) {
            assertThat(run("logout")).isZero();
            assertThat(server.requests().getLast().line()).startsWith("DELETE /v1/admin/session ");
            assertThat(server.requests().getLast().headers()).containsEntry("authorization", "Bearer session-token");
            assertThat(directory.resolve("home/admin-token.json")).hasContent("{}");

            assertThat(run("logout")).as("again").isZero();
            assertThat(server.requests()).as("log-in and log-out").hasSize(2);
        }
    }

    @Test
    void logOutWithALostAnswerWarnsThatTheSessionMayBeValid() throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.SILENCE)) {
            responseTimeout = Duration.ofMillis(100);
            assertThat(run("logout")).isEqualTo(3);
            assertThat(err.toString())
                    .contains("the session may still be valid", "run livepatch-admin logout again", "--local");
            assertThat(directory.resolve("home/admin-token.json")).content().contains("session-token");

            assertThat(run("logout", "--local")).isZero();
            assertThat(directory.resolve("home/admin-token.json")).hasContent("{}");
            assertThat(server.url()).isNotEmpty();
        }
    }

    @Test
    void changeReportsWhichUnitsHaveItAndALaggingOneIsAWarning() throws IOException {
        Answer answer = Answer.json("{\"patches\":3}").with("Livepatch-Units: 3");
        try (ScriptedAdmin _ = loggedIn(request -> answer)) {
            assertThat(run("patch", "block", "107.1", "--reason", "boom")).isZero();
            assertThat(out.toString()).isEqualTo("3 patches blocked\nall 3 units that report have it\n");
            assertThat(err.toString()).doesNotContain("warning");
        }
        Answer lagging =
                new Answer(204, "").with("Livepatch-Units: 3").with("Livepatch-Lagging: livepatch/1, livepatch/2");
        try (ScriptedAdmin _ = loggedIn(request -> lagging)) {
            assertThat(run("tier", "remove", "beta", "--no-prompt"))
                    .as("the change is made")
                    .isZero();
            assertThat(out.toString()).isEqualTo("tier 'beta' removed\n");
            assertThat(err.toString()).contains("warning", "not all units have it yet: livepatch/1, livepatch/2;");
            assertThat(run("tier", "remove", "beta", "--no-prompt", "--format", "json"))
                    .isZero();
            assertThat(AdminApi.JSON.readTree(out.toString()).path("seen-by").toString())
                    .isEqualTo("{\"units\":3,\"lagging\":[\"livepatch/1\",\"livepatch/2\"]}");
        }
        Answer silent = lagging.with("Livepatch-Silent: livepatch/2 2026-11-20T12:00:00Z");
        try (ScriptedAdmin _ = loggedIn(request -> silent)) {
            assertThat(run("tier", "remove", "beta", "--no-prompt")).isZero();
            assertThat(err.toString())
                    .contains("yet: livepatch/1, livepatch/2 (not heard of since 2026-11-20T12:00:00Z);");
            assertThat(run("tier", "remove", "beta", "--no-prompt", "--format", "json"))
                    .isZero();
            assertThat(AdminApi.JSON.readTree(out.toString()).path("seen-by").toString())
                    .isEqualTo("{\"units\":3,\"lagging\":[\"livepatch/1\",\"livepatch/2\"],"
                            + "\"silent\":[{\"unit\":\"livepatch/2\",\"since\":\"2026-11-20T12:00:00Z\"}]}");
        }
        Answer unknown = Answer.json("{\"patches\":3}").with("Livepatch-Units: unknown");
        try (ScriptedAdmin _ = loggedIn(request -> unknown)) {
            assertThat(run("patch", "block", "107.1", "--reason", "boom")).isZero();
            assertThat(out.toString()).isEqualTo("3 patches blocked\n");
            assertThat(err.toString()).contains("warning", "did not say which units have it yet");
        }
    }

    @Test
    void uploadsWaitForTheUnitsOnceAtTheEnd() throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> request.line().startsWith("PUT ")
                ? new Answer(201, "{}").with("Livepatch-Units: 2").with("Livepatch-Lagging: livepatch/1")
                : Answer.json("{}").with("Livepatch-Units: 2"))) {
            assertThat(run("patch", "add", patch(bytes(10)).toString())).isZero();
            assertThat(server.requests().get(1).headers()).containsEntry("prefer", "wait=0");
            assertThat(server.requests().getLast().line()).startsWith("GET /v1/admin/units ");
            assertThat(server.requests().getLast().headers()).doesNotContainKey("prefer");
            assertThat(out.toString()).endsWith("all 2 units that report have it\n");
        }
    }

    /** Of uploads that run at once, the last answer may be about an earlier revision than another upload's. */
    @Test
    void answersOfUploadsDoNotReplaceTheFinalRequest() throws IOException {
        AtomicInteger status = new AtomicInteger(200);
        try (ScriptedAdmin _ = loggedIn(request -> request.line().startsWith("PUT ")
                ? new Answer(201, "{}").with("Livepatch-Units: 2")
                : status.get() == 200
                        ? Answer.json("{}").with("Livepatch-Units: 2").with("Livepatch-Lagging: livepatch/1")
                        : Answer.problem(status.get(), "away"))) {
            assertThat(run("patch", "add", patch(bytes(10)).toString())).isZero();
            assertThat(err.toString()).contains("not all units have it yet: livepatch/1;");

            status.set(503);
            assertThat(run("patch", "add", patch(bytes(10)).toString()))
                    .as("it is added")
                    .isZero();
            assertThat(err.toString()).contains("did not say which units have it yet");
        }
    }

    @Test
    void machinesOfAnAuthTokenAreRemovedRequestByRequest() throws IOException {
        AtomicInteger left = new AtomicInteger(3);
        try (ScriptedAdmin server = loggedIn(request -> request.line().startsWith("DELETE")
                ? Answer.json("{\"id\":\"web\",\"machines\":500,\"left\":%d}".formatted(left.decrementAndGet()))
                : Answer.json("{}"))) {
            assertThat(run("auth-token-revoke", "web", "--with-machines", "-y")).isZero();

            assertThat(server.requests().stream()
                            .filter(request -> request.line().startsWith("DELETE")))
                    .hasSize(3);
            assertThat(out.toString()).contains("auth token 'web' revoked, 1500 machines removed", "10 min");
            assertThat(err.toString()).contains("removed 500 machines, 2 left", "removed 1000 machines, 1 left");
        }
    }

    @Test
    void signingKeysAreListedAndRotated() throws IOException {
        String key =
                "{\"id\":2,\"state\":\"next\",\"created-at\":\"2026-01-01T00:00:00Z\",\"signs-from\":\"2026-01-01T00:01:00Z\"}";
        try (ScriptedAdmin server = loggedIn(request -> request.line().startsWith("POST ")
                ? new Answer(201, key)
                : Answer.json("{\"signing-keys\":[" + key + "]}"))) {
            assertThat(run("signing-key", "rotate")).isZero();
            assertThat(out.toString()).isEqualTo("key 2 made, it signs from 2026-01-01T00:01:00Z\n");
            assertThat(server.requests().getLast().line()).startsWith("POST /v1/admin/signing-keys ");
            assertThat(run("signing-key", "list")).isZero();
            assertThat(out.toString()).contains("id", "state", "deleted-at", "next");
        }
    }

    @Test
    void tiersAreListedWithTheirCounts() throws IOException {
        String tiers =
                "{\"tiers\":[{\"name\":\"edge\",\"position\":1,\"patches\":2,\"machines\":0},{\"name\":\"beta\"}]}";
        try (ScriptedAdmin server = loggedIn(request -> Answer.json(tiers))) {
            assertThat(run("tier", "list")).isZero();
            assertThat(out.toString()).isEqualTo("""
                            Tiers:
                            - Name: edge
                              Patches: 2
                              Machines: 0
                            - Name: beta
                              Patches: 0
                              Machines: 0
                            """);
            assertThat(run("tier", "list", "--format", "json")).isZero();
            assertThat(AdminApi.JSON.readTree(out.toString())).isEqualTo(AdminApi.JSON.readTree(tiers));
            assertThat(server.requests().getLast().line()).startsWith("GET /v1/admin/tiers ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tier add early --position 2 | POST /v1/admin/tiers | {\"name\":\"early\",\"position\":2}",
                "tier remove early --no-prompt | DELETE /v1/admin/tiers/early | ''",
                "tier move early 3 | PUT /v1/admin/tiers/early/position | {\"position\":3}",
                "patch promote 107.1 beta | POST /v1/admin/patches/promote | {\"version\":\"107.1\",\"tier\":\"beta\"}",
                "patch promote-all edge beta | POST /v1/admin/patches/promote-all | {\"from\":\"edge\",\"to\":\"beta\"}",
                "patch block 107.1 --reason bad | POST /v1/admin/patches/block | {\"version\":\"107.1\",\"reason\":\"bad\"}",
                "patch unblock " + PATCH + " | POST /v1/admin/patches/unblock | {\"filename\":\"" + PATCH + "\"}",
                "patch show " + PATCH + " | GET /v1/admin/patches/" + PATCH + " | ''",
                "patch remove -y " + PATCH + " | DELETE /v1/admin/patches/" + PATCH + " | ''",
                "auth-token web stable | POST /v1/admin/auth-token | {\"id\":\"web\",\"tier\":\"stable\"}",
                "auth-token web stable --shared-images | POST /v1/admin/auth-token | {\"id\":\"web\",\"tier\":\"stable\",\"shared-images\":true}",
                "auth-token-revoke web --with-machines -y | DELETE /v1/admin/auth-tokens/web?with-machines=true | ''",
                "machine list | GET /v1/admin/machines?limit=1000 | ''",
                "machine list --tier edge --kernel 5.15.0-1-generic --auth-token web --duplicate"
                        + " | GET /v1/admin/machines?auth-token=web&duplicate=true&kernel=5.15.0-1-generic&limit=1000&tier=edge | ''",
                "machine show m1 | GET /v1/admin/machines/m1 | ''",
                "machine release m1 | POST /v1/admin/machines/m1/release | {}",
                "machine remove m1 -y | DELETE /v1/admin/machines/m1 | ''",
                "auth-token-list | GET /v1/admin/auth-tokens?limit=1000 | ''",
                "auth-token-revoke web --no-prompt | DELETE /v1/admin/auth-tokens/web | ''",
            })
    void everyCommandSendsOneRequest(String words, String line, String body) throws IOException {
        try (ScriptedAdmin server =
                loggedIn(request -> request.line().startsWith("DELETE") ? new Answer(204, "") : Answer.json("{}"))) {
            assertThat(run(words.split(" "))).as(() -> err.toString()).isZero();
            assertThat(server.requests().getLast().line()).isEqualTo(line + " HTTP/1.1");
            assertThat(server.requests().getLast().body()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tier add Early",
                "tier remove ../patches --no-prompt",
                "patch remove ../../tiers/edge --no-prompt",
                "patch promote x beta",
                "auth-token a/b stable",
                "auth-token-revoke .. --no-prompt",
                "machine remove ../tiers/edge --no-prompt",
                "machine release ..",
                "machine",
                "patch block 107.1",
                "patch add nothing.tar.bz2",
                "tier",
                "nonsense",
                "tier list --url ftp://host",
                "tier remove early",
                "patch remove " + PATCH,
                "auth-token-revoke web",
                "tier remove early late --no-prompt",
                "tier remove early --no-prompt --bogus",
                "patch remove " + PATCH + " extra --no-prompt",
                "auth-token-revoke web --no-prompt --force",
                "tier list extra",
                "auth-token-list extra",
                "logout extra",
            })
    void wrongUsageExitsWithTwoAndSendsNothing(String words) throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.json("{}"))) {
            assertThat(run(words.split(" "))).isEqualTo(2);
            assertThat(server.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tier remove early --no-prompt --help",
                "patch remove " + PATCH + " --no-prompt --help",
                "auth-token-revoke web -y --help",
                "logout --help"
            })
    void helpSendsNoRequest(String words) throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.json("{}"))) {
            assertThat(run(words.split(" "))).isZero();
            assertThat(out.toString()).contains("Usage: livepatch-admin");
            assertThat(server.requests()).hasSize(1);
            assertThat(directory.resolve("home/admin-token.json")).content().contains("session-token");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"tier remov", "patch remov", "patch remove-all", "auth-token-revok", "auth-token-remove", "logot"
            })
    void deletingCommandIsNeverSuggested(String words) throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.json("{}"))) {
            assertThat(run(words.split(" "))).isEqualTo(2);
            assertThat(err.toString())
                    .contains("Unmatched argument")
                    .doesNotContainPattern("did you mean.*(remove|revoke|logout)\\b");
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void deletionWithoutATerminalNeedsNoPrompt() throws IOException {
        input = "y\n";
        try (ScriptedAdmin server = loggedIn(request -> Answer.json("{}"))) {
            assertThat(run("patch", "remove", PATCH)).isEqualTo(2);
            assertThat(err.toString())
                    .contains("this deletes patch '" + PATCH
                            + "'; nothing was deleted, since there is no terminal to ask on:"
                            + " pass --no-prompt to confirm");
            assertThat(server.requests()).hasSize(1);
        }
    }

    /** The question and its answer on a pseudo-terminal, as a person has them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tier remove edge | 2 patches, 1,208 machines | n | 1 | GET /v1/admin/tiers ",
                "tier remove edge | 2 patches, 1,208 machines | y | 0 | DELETE /v1/admin/tiers/edge ",
                "patch remove " + PATCH + " | 1,234,567 bytes, in edge, beta | n | 1 | GET /v1/admin/patches/" + PATCH
                        + " ",
                "auth-token-revoke web | 1,208 machines have enrolled with it | n | 1 | GET /v1/admin/auth-tokens?limit=1000 "
            })
    void deletionIsConfirmedOnATerminal(String words, String much, String answer, int exit, String last)
            throws IOException, InterruptedException {
        String json = "{\"size\":1234567,\"tiers\":["
                + (words.startsWith("tier")
                        ? "{\"name\":\"edge\",\"patches\":2,\"machines\":1208}"
                        : "\"edge\",\"beta\"")
                + "],\"auth-tokens\":[{\"id\":\"web\",\"machines\":1208}]}";
        try (ScriptedAdmin server =
                loggedIn(request -> request.line().startsWith("DELETE") ? new Answer(204, "") : Answer.json(json))) {
            Process process = onTerminal(words);
            try (var typed = process.outputWriter(UTF_8)) {
                typed.write(answer + "\n");
                typed.flush();
                String said = new String(process.getInputStream().readAllBytes(), UTF_8);
                assertThat(process.waitFor()).as(said).isEqualTo(exit);
                assertThat(said).contains(much).contains("Continue [y/N]?");
            }
            assertThat(server.requests().getLast().line()).startsWith(last);
        }
    }

    private Process onTerminal(String words) throws IOException {
        String admin = JavaCommand.quoted(JavaCommand.program("io.livepatch.server.admin.Main"));
        ProcessBuilder builder = new ProcessBuilder(
                        "script",
                        "--quiet",
                        "--return",
                        "--echo",
                        "never",
                        "--command",
                        admin + " " + words,
                        "/dev/null")
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start();
    }

    @Test
    void onlyANewTokenIsPrinted() throws IOException {
        try (ScriptedAdmin server =
                loggedIn(request -> new Answer(201, "{\"auth-token\":\"the-token\",\"id\":\"web\"}"))) {
            assertThat(run("auth-token", "web", "stable")).isZero();
            assertThat(out.toString()).isEqualTo("the-token" + System.lineSeparator());
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void allPagesOfPatchesAreListed() throws IOException {
        String one = "{\"patches\":[{\"filename\":\"a\",\"size\":1,\"tiers\":[\"edge\",\"beta\"]}],\"next\":\"a\"}";
        String two =
                "{\"patches\":[{\"filename\":\"b\",\"size\":2,\"tiers\":[],\"blocked\":{\"reason\":\"bad\\u001b[0m\"}}]}";
        try (ScriptedAdmin server =
                loggedIn(request -> Answer.json(request.line().contains("after=a") ? two : one))) {
            assertThat(run("patch", "list", "--tier", "edge")).isZero();
            assertThat(out.toString()).contains("edge, beta").contains("bad?[0m");
            assertThat(out.toString().lines().toList()).hasSize(3);
            assertThat(server.requests().getLast().line())
                    .isEqualTo("GET /v1/admin/patches?after=a&limit=1000&tier=edge HTTP/1.1");
        }
    }

    @Test
    void machinesAreListedAndShownWithTheirProblems() throws IOException {
        String machine =
                "{\"id\":\"m1\",\"tier\":\"edge\",\"auth-token\":\"web\",\"kernel\":\"5.15.0-1-generic\",\"last-check-in\":\"2026-01-01T00:00:00Z\",\"duplicate\":true,\"boot-reversals\":4}";
        String two = "{\"machines\":[{\"id\":\"m2\",\"kernel\":\"bad\\u001b[0m\"}]}";
        String one = "{\"machines\":[" + machine + "],\"next\":\"m1\"}";
        try (ScriptedAdmin server = loggedIn(request -> Answer.json(
                request.line().contains("/m1 ") ? machine : request.line().contains("after=m1") ? two : one))) {
            assertThat(run("machine", "list")).isZero();
            assertThat(out.toString().lines().toList()).hasSize(3);
            assertThat(out.toString()).contains("2026-01-01T00:00:00Z", "true", "bad?[0m");
            assertThat(run("machine", "list", "--format", "json")).isZero();
            assertThat(AdminApi.JSON.readTree(out.toString()).path("machines")).hasSize(2);
            assertThat(run("machine", "show", "m1")).isZero();
            assertThat(out.toString()).contains("auth-token: web", "boot-reversals: 4", "two machines seem to report");
            assertThat(server.url()).isNotEmpty();
        }
    }

    @Test
    void anUploadCarriesItsDigestAndAllOfItsBytes() throws IOException {
        byte[] bytes = bytes(3_000_000);
        try (ScriptedAdmin server = loggedIn(request -> new Answer(201, "{}"))) {
            assertThat(run("patch", "add", patch(bytes).toString())).isZero();

            ScriptedAdmin.Request request = server.requests().getLast();
            assertThat(request.line()).isEqualTo("PUT /v1/admin/patches/" + PATCH + " HTTP/1.1");
            assertThat(request.headers())
                    .containsEntry("content-length", "3000000")
                    .containsEntry("expect", "100-Continue")
                    .containsEntry(
                            "repr-digest",
                            "sha-256=:"
                                    + Base64.getEncoder()
                                            .encodeToString(Sha256.of(bytes).bytes()) + ":");
            assertThat(request.bytes()).isEqualTo(bytes);
            assertThat(out.toString())
                    .contains(PATCH + " added")
                    .contains(Sha256.of(bytes).hex());
        }
    }

    @ParameterizedTest
    @CsvSource({"401", "409", "413", "422", "507"})
    void aRefusedUploadCostsNoBytes(int status) throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.problem(status, "not this one"))) {
            assertThat(run("patch", "add", patch(bytes(3_000_000)).toString())).isEqualTo(1);

            assertThat(err.toString()).contains(status == 401 ? "run livepatch-admin login" : "not this one");
            org.awaitility.Awaitility.await("the end of the upload")
                    .until(() -> server.requests().size() == 2);
            assertThat(server.requests().getLast().body()).isEmpty();
        }
    }

    @Test
    void aFolderIsSentAsAWholeAndOneRefusalDoesNotKeepTheOthers() throws IOException {
        patch(bytes(10));
        Files.write(directory.resolve(PATCH.replace("107.1-", "107.2-")), bytes(20));
        Files.write(directory.resolve(PATCH.replace("107.1-", "107.3-")), bytes(30));
        Files.writeString(directory.resolve("README"), "no patch");
        try (ScriptedAdmin server = loggedIn(request -> request.line().contains("107.2-")
                ? Answer.problem(409, "another one has that name")
                : Answer.json("{}"))) {
            assertThat(run("patch", "add", "--jobs", "2", directory.toString())).isEqualTo(1);

            assertThat(out.toString().lines().toList())
                    .hasSize(3)
                    .filteredOn(line -> line.contains("unchanged, sha256"))
                    .hasSize(2);
            assertThat(out.toString().lines().toList()).last().isEqualTo("added 0, unchanged 2, refused 3");
            assertThat(err.toString())
                    .contains("107.2-amd64.tar.bz2: another one has that name (409)")
                    .contains("README: not added: invalid patch name 'README'")
                    // The folder of the session is in this one.
                    .contains("home: not added: not a file");
            assertThat(server.url()).isNotEmpty();
        }
    }

    @Test
    void skippedFileOfAFolderIsNamedAndFailsTheCommand() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("patches"));
        Files.write(folder.resolve(PATCH), bytes(10));
        Files.writeString(folder.resolve("SHA256SUMS"), "");
        Files.writeString(folder.resolve(".livepatch.part"), "");
        Files.createDirectory(folder.resolve("older"));
        try (ScriptedAdmin server = loggedIn(request -> new Answer(201, "{}"))) {
            assertThat(run("patch", "add", folder.toString())).isEqualTo(1);

            assertThat(out.toString().lines().toList()).last().isEqualTo("added 1, unchanged 0, refused 3");
            assertThat(err.toString())
                    .contains("SHA256SUMS: not added", ".livepatch.part: not added", "older: not added: not a file");
            assertThat(server.requests()).hasSize(2);
        }
    }

    @Test
    void anEmptyFileIsNamed() throws IOException {
        Path empty = patch(bytes(0));
        try (ScriptedAdmin server = loggedIn(request -> new Answer(201, "{}"))) {
            assertThat(run("patch", "add", empty.toString())).isEqualTo(1);

            assertThat(err.toString())
                    .contains(PATCH + ": '" + empty + "' is empty; expected a tar")
                    .doesNotContain("\tat ");
            assertThat(out.toString().strip()).isEqualTo("added 0, unchanged 0, refused 1");
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void forceIsSentAndTheFindingsAreShown() throws IOException {
        String answer = """
                {"contents":{"modules":[{"kernel":"5.15.0-108-generic","architecture":"arm64","signed":true}],
                "unusual":["'a.ko' is for arm64 and not for amd64"]}}""";
        try (ScriptedAdmin server = loggedIn(request -> new Answer(201, answer))) {
            assertThat(run("patch", "add", "--force", patch(bytes(10)).toString()))
                    .isZero();

            assertThat(server.requests().getLast().line())
                    .isEqualTo("PUT /v1/admin/patches/" + PATCH + "?force=true HTTP/1.1");
            assertThat(out.toString()).contains(", kernel 5.15.0-108-generic, arm64, signed");
            assertThat(err.toString()).contains(PATCH + ": unusual: 'a.ko' is for arm64 and not for amd64");
        }
    }

    @Test
    void absentServerIsExitCodeThree() throws IOException {
        try (ScriptedAdmin server = loggedIn(request -> Answer.json("{}"))) {
            environment.put("LIVEPATCH_URL", server.url());
        }
        assertThat(run("tier", "list")).isEqualTo(3);
        assertThat(err.toString()).contains("no connection to");
    }

    @Test
    void silentServerIsExitCodeThree() throws IOException {
        responseTimeout = Duration.ofMillis(300);
        try (ScriptedAdmin server = loggedIn(request -> Answer.SILENCE)) {
            assertThat(run("tier", "list")).isEqualTo(3);
            assertThat(err.toString()).contains("did not answer within");
            assertThat(server.url()).isNotEmpty();
        }
    }

    @Test
    void onlyTheGivenCaIsTrusted() throws Exception {
        TestCertificate certificate = TestCertificate.of(directory, "DNS:localhost");
        Files.writeString(directory.resolve("ca.pem"), certificate.pem());
        try (ScriptedAdmin server = ScriptedAdmin.https(certificate.server(), AdminToolIT::login)) {
            environment.put("LIVEPATCH_URL", server.url());
            assertThat(run("login", "-a", "admin:pa:ss")).isEqualTo(3);
            assertThat(err.toString()).contains("is not trusted").contains("--ca");
            assertThat(run(
                            "login",
                            "-a",
                            "admin:pa:ss",
                            "--ca",
                            directory.resolve("ca.pem").toString()))
                    .isZero();
            environment.put("LIVEPATCH_CA_CRT", Files.readString(directory.resolve("ca.pem")));
            assertThat(run("login", "-a", "admin:pa:ss")).isZero();
        }
    }
}
