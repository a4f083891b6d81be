package io.livepatch.server.checkin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.livepatch.server.checkin.CheckInRoute.OfferCache;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Patch;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class OfferCacheTest {
    private static final Patch PATCH = patch("107.1", 1);
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger signed = new AtomicInteger();
    private final OfferCache offerCache =
            new OfferCache(name -> "https://patches.example/" + name + "#" + signed.incrementAndGet(), nanos::get);

    private static Patch patch(String version, int size) {
        PatchName name = PatchName.parse("livepatch-5.15.0-107.117-generic-" + version + "-amd64.tar.bz2");
        return new Patch(name, size, Sha256.of(new byte[size]));
    }

    private String json(Patch patch) {
        return new String(
                offerCache.json(patch, () -> {
                    throw new AssertionError("the URL is absolute");
                }),
                StandardCharsets.UTF_8);
    }

    @Test
    void relativeUrlBeginsWithTheAddressThatEachMachineUsed() {
        OfferCache relative =
                new OfferCache(name -> "/v1/patches/" + name + "?n=" + signed.incrementAndGet(), nanos::get);

        assertThat(List.of("https://one.example", "http://[::1]:8080", ""))
                .extracting(address -> new String(relative.json(PATCH, () -> address), StandardCharsets.UTF_8))
                .containsExactly(
                        offer("https://one.example/v1/patches/" + PATCH.name() + "?n=1"),
                        offer("http://[::1]:8080/v1/patches/" + PATCH.name() + "?n=1"),
                        offer("/v1/patches/" + PATCH.name() + "?n=1"));
        assertThat(signed).as("signed once for all of them").hasValue(1);
    }

    private static String offer(String url) {
        return "{\"action\":\"apply\",\"filename\":\"%s\",\"version\":\"107.1\",\"sha256\":\"%s\",\"size\":1,\"url\":\"%s\"}"
                .formatted(PATCH.name().fileName(), PATCH.sha256(), url);
    }

    @Test
    void answerHasThePatchAndItsUrl() {
        assertThat(json(PATCH)).isEqualTo(offer("https://patches.example/" + PATCH.name() + "#1"));
    }

    @Test
    void aUrlIsReusedForASecondAndThenSignedAgain() {
        assertThat(json(PATCH)).contains("#1");
        nanos.addAndGet(Duration.ofMillis(999).toNanos());
        assertThat(json(PATCH)).contains("#1");
        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(json(PATCH)).contains("#2");
    }

    @Test
    void otherPatchesAndOtherBytesOfTheSameNameAreOtherOffers() {
        assertThat(json(PATCH)).contains("#1");
        assertThat(json(patch("107.2", 1))).contains("#2", "107.2");
        assertThat(json(patch("107.1", 2))).contains("#3", "\"size\":2");
    }

    @Test
    void aUrlThatCouldNotBeSignedIsTriedAgain() {
        AtomicInteger calls = new AtomicInteger();
        OfferCache late = new OfferCache(
                name -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new ProblemException.Unavailable("no keys yet");
                    }
                    return "https://patches.example/" + name;
                },
                nanos::get);

        assertThatThrownBy(() -> late.json(PATCH, () -> "")).isInstanceOf(ProblemException.Unavailable.class);
        assertThat(late.json(PATCH, () -> "")).isNotEmpty();
    }
}
