package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.livepatch.server.AdminApi;
import io.livepatch.server.TestDatabase;
import io.livepatch.server.config.UrlTemplate;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.MemoryPatchStore;
import io.livepatch.storage.PatchName;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class SigningKeysIT {
    private static final PatchName NAME = DownloadServer.name(1);
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2030-01-01T00:00:00Z"));
    private static final int STARTERS = 8;

    private final AtomicLong time = new AtomicLong();

    @Test
    void unitsThatStartAtOnceMakeOneKeyTogether() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                ExecutorService units = Executors.newFixedThreadPool(STARTERS)) {
            CyclicBarrier together = new CyclicBarrier(STARTERS);
            List<Future<String>> urls = new ArrayList<>();
            for (int i = 0; i < STARTERS; i++) {
                urls.add(units.submit(() -> {
                    SigningKeys keys = new SigningKeys(test.jdbi(), Duration.ofDays(30));
                    together.await();
                    keys.load();
                    return urls(keys).url(NAME);
                }));
            }

            String first = urls.getFirst().get();
            for (Future<String> url : urls) {
                assertThat(url.get()).isEqualTo(first);
            }
            assertThat(count(test)).isEqualTo(1);
        }
    }

    @Test
    void withoutKeysNothingIsSignedOrVerified() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = new SigningKeys(test.jdbi(), Duration.ofDays(30));

            assertThat(keys.loaded()).isFalse();
            assertThatExceptionOfType(ProblemException.Unavailable.class)
                    .isThrownBy(() -> urls(keys).url(NAME));
            assertThatExceptionOfType(ProblemException.Unavailable.class)
                    .isThrownBy(() -> urls(keys).verify(NAME, "1893456000", "", "A".repeat(43)));
        }
    }

    @Test
    void newestKeySignsAndOlderOnesStillVerify() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = new SigningKeys(test.jdbi(), Duration.ofDays(30));
            keys.load();
            String old = urls(keys).url(NAME);
            test.jdbi()
                    .useHandle(handle -> handle.execute(
                            "insert into signing_keys (secret, created_at) values (sha256('another'), now())"));

            keys.load();

            assertThat(urls(keys).url(NAME)).isNotEqualTo(old);
            verify(keys, old);
            verify(keys, urls(keys).url(NAME));
        }
    }

    @Test
    void templateWithAQueryGetsTheSignatureAddedToIt() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = new SigningKeys(test.jdbi(), Duration.ofDays(30));
            keys.load();
            Optional<UrlTemplate> template = Optional.of(new UrlTemplate("https://host/v1/patches/{filename}?via=cdn"));

            assertThat(new SignedUrls(template, Duration.ofMinutes(1), keys, CLOCK).url(NAME))
                    .startsWith("https://host/v1/patches/" + NAME + "?via=cdn&expires=1893456060&key=1&signature=");
        }
    }

    @Test
    void withoutATemplateTheUrlIsAPathThatEveryUnitServes() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = new SigningKeys(test.jdbi(), Duration.ofDays(30));
            keys.load();

            String url = new SignedUrls(Optional.empty(), Duration.ofMinutes(1), keys, CLOCK).url(NAME);

            assertThat(url).startsWith("/v1/patches/" + NAME + "?expires=1893456060&key=1&signature=");
            verify(keys, url);
        }
    }

    @Test
    void newKeySignsWhenEveryUnitHasHadTheTimeToReadIt() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys one = keys(test);
            SigningKeys two = keys(test);
            String old = urls(one).url(NAME);

            int made = one.rotate();
            assertThat(urls(one).url(NAME)).isEqualTo(old);
            tick();
            two.refresh();
            assertThat(two.all()).extracting(SigningKeys.Key::id).contains(made);
            assertThat(urls(two).url(NAME)).isEqualTo(old);

            set(test, "signs_from = now() where key_id = " + made);
            tick();
            one.refresh();
            String fresh = urls(one).url(NAME);
            assertThat(fresh).isNotEqualTo(old).contains("&key=" + made + "&");
            verify(two, fresh);
            verify(one, old);
            verify(two, old);
        }
    }

    @Test
    void urlWithoutAKeyNumberIsVerifiedWithEachKey() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = keys(test);
            String before = urls(keys).url(NAME).replaceFirst("&key=\\d+", "");
            int made = keys.rotate();
            set(test, "signs_from = now() where key_id = " + made);
            tick();
            keys.refresh();

            verify(keys, before);
            assertThat(before).doesNotContain("key=");
            assertThatExceptionOfType(ProblemException.Forbidden.class)
                    .as("the number of another key")
                    .isThrownBy(() -> verify(keys, before.replace("&signature", "&key=" + made + "&signature")));
        }
    }

    @Test
    void keyThatIsTooOldIsReplacedOnceAmongAllUnits() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                ExecutorService units = Executors.newFixedThreadPool(STARTERS)) {
            keys(test);
            set(test, "signs_from = now() - interval '29 days 23 hours'");
            keys(test).refresh();
            assertThat(count(test)).isEqualTo(1);

            set(test, "signs_from = now() - interval '30 days 1 minute'");
            new SigningKeys(test.jdbi(), Duration.ZERO, time::get).refresh();
            assertThat(count(test)).as("never, if the age is 0").isEqualTo(1);
            CyclicBarrier together = new CyclicBarrier(STARTERS);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < STARTERS; i++) {
                running.add(units.submit(() -> {
                    SigningKeys keys = keys(test);
                    together.await();
                    keys.refresh();
                    return keys;
                }));
            }
            for (Future<?> unit : running) {
                unit.get();
            }
            assertThat(count(test)).isEqualTo(2);
        }
    }

    @Test
    void keyIsDeletedWhenAllItsUrlsHaveExpired() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = keys(test);
            String old = urls(keys).url(NAME);
            set(test, "signs_from = now() - interval '20 days'");
            int made = keys.rotate();
            set(test, "signs_from = now() - interval '7 days 23 hours' where key_id = " + made);
            tick();
            keys.refresh();
            verify(keys, old);

            set(test, "signs_from = now() - interval '8 days 1 minute' where key_id = " + made);
            tick();
            keys.refresh();
            assertThat(count(test)).isEqualTo(1);
            assertThatExceptionOfType(ProblemException.Forbidden.class).isThrownBy(() -> verify(keys, old));
            verify(keys, urls(keys).url(NAME));
        }
    }

    @Test
    void keyInTheFutureSignsSoonAndAllowsARotation() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = keys(test);
            String old = urls(keys).url(NAME);
            set(test, "signs_from = now() - interval '1 day'");
            int ahead = keys.rotate();
            set(
                    test,
                    "created_at = now() + interval '1 year', signs_from = now() + interval '1 year' where key_id = "
                            + ahead);

            tick();
            keys.refresh();
            assertThat(urls(keys).url(NAME))
                    .as("other units may not know the key yet")
                    .isEqualTo(old);
            assertThat(test.value("select signs_from <= now() + interval '60 s' and created_at <= now()"
                            + " from signing_keys where key_id = " + ahead))
                    .isEqualTo("t");
            set(test, "signs_from = now() + interval '1 year' where key_id = " + ahead);
            assertThatExceptionOfType(ProblemException.Conflict.class)
                    .isThrownBy(keys::rotate)
                    .withMessageMatching(".* signs in (60|59) s; .*");

            set(test, "signs_from = now() where key_id = " + ahead);
            tick();
            keys.refresh();
            assertThat(urls(keys).url(NAME)).contains("&key=" + ahead + "&");
            verify(keys, old);
        }
    }

    @Test
    void keysAreReadAtMostOnceASecond() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = keys(test);
            keys.refresh();
            int made = keys(test).rotate();

            keys.refresh();
            assertThat(urls(keys).unknownKey(String.valueOf(made))).isTrue();
            tick();
            keys.refresh();
            assertThat(urls(keys).unknownKey(String.valueOf(made))).isFalse();
            assertThat(urls(keys).unknownKey("7".repeat(50))).as("no number").isFalse();
        }
    }

    @Test
    void unitThatMeetsANewKeyReadsItInsteadOfRefusingTheUrl(@TempDir Path directory) throws Exception {
        try (DownloadServer server = DownloadServer.on(directory)) {
            byte[] bytes = DownloadServer.bytes(1, 1000);
            server.add(NAME, bytes);
            String made = server.signedByANewKey(NAME);

            assertThat(server.get(made).body()).isEqualTo(bytes);
            assertThat(server.get(made.replaceFirst("key=\\d+", "key=999")).statusCode())
                    .isEqualTo(403);
            assertThat(server.get(made.replaceFirst("key=\\d+", "key=x")).statusCode())
                    .isEqualTo(400);
            assertThat(server.get(made.replaceFirst("key=", "key=1&key=")).statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void keysAreRotatedAndListedWithoutSecrets() {
        try (TestDatabase test = TestDatabase.fresh();
                AdminApi api = new AdminApi(test.database(), new MemoryPatchStore(), CLOCK, 1).logIn()) {
            keys(test);

            AdminApi.Answer made = api.call("POST", "/signing-keys", "");
            assertThat(made.status()).isEqualTo(201);
            assertThat(made.json().path("state").asString()).isEqualTo("next");
            AdminApi.Answer again = api.call("POST", "/signing-keys", "");
            assertThat(again.status()).isEqualTo(409);
            assertThat(again.detail()).contains("was created already");

            set(test, "signs_from = now() where key_id = 2");
            AdminApi.Answer listed = api.get("/signing-keys");
            JsonNode rows = listed.json().path("signing-keys");
            assertThat(rows.path(0).path("state").asString()).isEqualTo("signs");
            assertThat(rows.path(1).path("state").asString()).isEqualTo("verifies");
            assertThat(rows.path(1).path("deleted-at").asString()).isNotEmpty();
            assertThat(listed.text())
                    .doesNotContain(test.value("select encode(secret, 'base64') from signing_keys where key_id = 2"));
            assertThat(api.send("GET", "/signing-keys", BodyPublishers.noBody()).status())
                    .isEqualTo(401);
        }
    }

    private SigningKeys keys(TestDatabase test) {
        SigningKeys keys = new SigningKeys(test.jdbi(), Duration.ofDays(30), time::get);
        keys.load();
        return keys;
    }

    private void tick() {
        time.addAndGet(Duration.ofSeconds(1).toNanos());
    }

    /** Changes times of keys, which else take weeks to pass. */
    private static void set(TestDatabase test, String change) {
        test.jdbi().useHandle(handle -> handle.execute("update signing_keys set " + change));
    }

    private static SignedUrls urls(SigningKeys keys) {
        return new SignedUrls(
                Optional.of(new UrlTemplate("https://host/v1/patches/{filename}")), Duration.ofMinutes(1), keys, CLOCK);
    }

    private static void verify(SigningKeys keys, String url) {
        Map<String, String> query = Arrays.stream(
                        url.substring(url.indexOf('?') + 1).split("&"))
                .map(pair -> pair.split("="))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
        urls(keys).verify(NAME, query.get("expires"), query.getOrDefault("key", ""), query.get("signature"));
    }

    private static int count(TestDatabase test) {
        return test.jdbi()
                .withHandle(handle -> handle.createQuery("select count(*) from signing_keys")
                        .mapTo(Integer.class)
                        .one());
    }
}
