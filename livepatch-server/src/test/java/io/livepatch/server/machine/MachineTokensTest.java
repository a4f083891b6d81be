package io.livepatch.server.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Ticker;
import io.livepatch.server.machine.Machine.MachineId;
import io.livepatch.server.machine.MachineTokens.TokenDao;
import io.livepatch.server.metrics.Metrics;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.Sha256;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class MachineTokensTest {
    private static final String TOKEN = "A".repeat(43);
    private static final String HASH = Sha256.of(TOKEN.getBytes(UTF_8)).hex();
    private static final Optional<String> HEADER = Optional.of("Bearer " + TOKEN);

    private final AtomicLong nanos = new AtomicLong();
    private final Rows rows = new Rows();
    private final MachineTokens tokens = new MachineTokens(rows, new Metrics(), (Ticker) nanos::get);

    /** A table of one machine, with an action during a read. */
    private static final class Rows implements TokenDao {
        private boolean enrolled = true;
        private Runnable meanwhile = () -> {};
        private int reads;

        @Override
        public List<TokenRow> findByTokens(List<String> tokenHashes) {
            reads++;
            List<TokenRow> found =
                    enrolled && tokenHashes.contains(HASH) ? List.of(new TokenRow("m1", "stable", HASH)) : List.of();
            meanwhile.run();
            return found;
        }
    }

    @Test
    void tokenIsReadOnceAndThenCachedForTenMinutes() {
        tokens.authenticate(HEADER);
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(9));
        tokens.authenticate(HEADER);
        assertThat(rows.reads).isEqualTo(1);

        nanos.addAndGet(TimeUnit.MINUTES.toNanos(2));
        tokens.authenticate(HEADER);
        assertThat(rows.reads).isEqualTo(2);
    }

    @Test
    void readThatBeganBeforeItsInvalidationIsNotCached() {
        rows.meanwhile = () -> leaveAnd(() -> tokens.invalidate(HASH));
        tokens.authenticate(HEADER);

        assertThatThrownBy(() -> tokens.authenticate(HEADER)).isInstanceOf(ProblemException.Unauthorized.class);
    }

    @Test
    void readThatBeganBeforeTheCacheWasClearedIsNotCached() {
        rows.meanwhile = () -> leaveAnd(tokens::invalidateAll);
        tokens.authenticate(HEADER);

        assertThatThrownBy(() -> tokens.authenticate(HEADER)).isInstanceOf(ProblemException.Unauthorized.class);
    }

    @Test
    void enrolledMachineIsCachedWithoutARead() {
        tokens.cache(new MachineId("m1"), "stable", new Sha256(HASH), tokens.state());

        assertThat(tokens.authenticate(HEADER).id()).isEqualTo(new MachineId("m1"));
        assertThat(rows.reads).isZero();
    }

    @Test
    void enrolmentThatBeganBeforeItsInvalidationIsNotCached() {
        enrolThen(() -> tokens.invalidate(HASH));

        assertThatThrownBy(() -> tokens.authenticate(HEADER)).isInstanceOf(ProblemException.Unauthorized.class);
    }

    @Test
    void enrolmentThatBeganBeforeTheCacheWasClearedIsNotCached() {
        enrolThen(tokens::invalidateAll);

        assertThatThrownBy(() -> tokens.authenticate(HEADER)).isInstanceOf(ProblemException.Unauthorized.class);
    }

    @Test
    void enrolledMachineIsInvalidatedLikeAReadOne() {
        tokens.cache(new MachineId("m1"), "stable", new Sha256(HASH), tokens.state());
        leaveAnd(() -> tokens.invalidate(HASH));

        assertThatThrownBy(() -> tokens.authenticate(HEADER)).isInstanceOf(ProblemException.Unauthorized.class);
    }

    /** The machine is enrolled and removed, and the notification arrives, before the enrolment is cached. */
    private void enrolThen(Runnable notification) {
        MachineTokens.CacheState before = tokens.state();
        leaveAnd(notification);
        tokens.cache(new MachineId("m1"), "stable", new Sha256(HASH), before);
    }

    private void leaveAnd(Runnable notification) {
        rows.meanwhile = () -> {};
        rows.enrolled = false;
        notification.run();
    }

    @Test
    void invalidationOfAMalformedHashIsIgnored() {
        tokens.authenticate(HEADER);
        tokens.invalidate("not a hash");
        tokens.authenticate(HEADER);

        assertThat(rows.reads).isEqualTo(1);
    }

    @Test
    void textThatCannotBeAMachineTokenIsRefusedWithoutARead() {
        assertThatThrownBy(() -> tokens.authenticate(Optional.of("Bearer short")))
                .isInstanceOf(ProblemException.Unauthorized.class);
        assertThat(rows.reads).isZero();
    }
}
