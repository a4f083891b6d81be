package io.livepatch.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.Refusals;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.metrics.Refusal;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TokenLookupsTest {
    private static final Duration MAX_WAIT = Duration.ofMinutes(1);

    private final Metrics metrics = new Metrics();
    private final TokenLookups lookups = new TokenLookups(metrics);
    private final CountDownLatch databaseAnswers = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();

    @AfterEach
    void answer() {
        databaseAnswers.countDown();
    }

    private Optional<String> find(String source, String token, Supplier<Optional<String>> lookup) {
        RequestOrigin origin = new RequestOrigin(InetAddress.ofLiteral(source), "id");
        return ScopedValue.where(RequestOrigin.CURRENT, origin)
                .call(() -> lookups.find(Sha256.of(token.getBytes(UTF_8)), lookup));
    }

    private void guess(String source, int guesses) {
        for (int n = 0; n < guesses; n++) {
            String token = source + n;
            Thread.ofVirtual().start(() -> guess(source, token));
        }
    }

    private void guess(String source, String token) {
        try {
            find(source, token, () -> {
                running.incrementAndGet();
                awaitDatabase();
                return Optional.empty();
            });
        } catch (ProblemException.Unavailable e) {
            // Counted as a refusal.
        }
    }

    private void awaitDatabase() {
        try {
            databaseAnswers.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void guessesOfOneSourceLeaveOthersTheirLookups() {
        guess("192.0.2.1", 100);
        await().atMost(MAX_WAIT).until(() -> Refusals.of(metrics, Refusal.TOKEN_READS) == 98);

        assertThat(running).hasValue(2);
        assertThat(find("192.0.2.2", "honest", () -> Optional.of("machine"))).contains("machine");
    }

    @Test
    void aNewTokenWaitsForItsTurn() {
        for (int n = 0; n < 4; n++) {
            guess("192.0.2." + n, 2);
        }
        await().atMost(MAX_WAIT).until(() -> running.get() == 8);
        assertThatThrownBy(() -> find("198.51.100.1", "early", () -> Optional.of("machine")))
                .isInstanceOf(ProblemException.Unavailable.class)
                .hasMessageContaining("tokens unknown to this unit");

        Thread.ofVirtual().start(databaseAnswers::countDown);
        assertThat(find("198.51.100.1", "honest", () -> Optional.of("machine"))).contains("machine");
    }
}
