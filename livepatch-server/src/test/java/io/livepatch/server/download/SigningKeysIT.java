package io.livepatch.server.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.livepatch.server.TestDatabase;
import io.livepatch.server.config.UrlTemplate;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class SigningKeysIT {
    private static final PatchName NAME = DownloadServer.name(1);
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2030-01-01T00:00:00Z"));
    private static final int STARTERS = 8;

    @Test
    void unitsThatStartAtOnceMakeOneKeyTogether() throws Exception {
        try (TestDatabase test = TestDatabase.fresh();
                ExecutorService units = Executors.newFixedThreadPool(STARTERS)) {
            CyclicBarrier together = new CyclicBarrier(STARTERS);
            List<Future<String>> urls = new ArrayList<>();
            for (int i = 0; i < STARTERS; i++) {
                urls.add(units.submit(() -> {
                    SigningKeys keys = new SigningKeys(test.jdbi(), CLOCK);
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
            SigningKeys keys = new SigningKeys(test.jdbi(), CLOCK);

            assertThat(keys.loaded()).isFalse();
            assertThatExceptionOfType(ProblemException.Unavailable.class)
                    .isThrownBy(() -> urls(keys).url(NAME));
            assertThatExceptionOfType(ProblemException.Unavailable.class)
                    .isThrownBy(() -> urls(keys).verify(NAME, "1893456000", "A".repeat(43)));
        }
    }

    @Test
    void newestKeySignsAndOlderOnesStillVerify() {
        try (TestDatabase test = TestDatabase.fresh()) {
            SigningKeys keys = new SigningKeys(test.jdbi(), CLOCK);
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
            SigningKeys keys = new SigningKeys(test.jdbi(), CLOCK);
            keys.load();
            UrlTemplate template = new UrlTemplate("https://host/v1/patches/{filename}?via=cdn");

            assertThat(new SignedUrls(template, Duration.ofMinutes(1), keys, CLOCK).url(NAME))
                    .startsWith("https://host/v1/patches/" + NAME + "?via=cdn&expires=1893456060&signature=");
        }
    }

    private static SignedUrls urls(SigningKeys keys) {
        return new SignedUrls(
                new UrlTemplate("https://host/v1/patches/{filename}"), Duration.ofMinutes(1), keys, CLOCK);
    }

    private static void verify(SigningKeys keys, String url) {
        String query = url.substring(url.indexOf('?') + 1);
        String expires = query.substring("expires=".length(), query.indexOf('&'));
        urls(keys).verify(NAME, expires, query.substring(query.lastIndexOf('=') + 1));
    }

    private static int count(TestDatabase test) {
        return test.jdbi()
                .withHandle(handle -> handle.createQuery("select count(*) from signing_keys")
                        .mapTo(Integer.class)
                        .one());
    }
}
