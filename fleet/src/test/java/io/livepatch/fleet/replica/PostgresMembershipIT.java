package io.livepatch.fleet.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.fleet.replica.Membership.MembershipSnapshot;
import io.livepatch.testing.KeepaliveTimer;
import io.livepatch.testing.PostgresServer;
import java.net.URI;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

final class PostgresMembershipIT {
    /** On a busy machine a connection takes long. */
    private static final Duration PATIENT = Duration.ofMinutes(1);

    private final String dsn = PostgresServer.shared().newDatabase();
    private final List<PostgresMembership> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(PostgresMembership::close);
    }

    private PostgresMembership membership(String run, int index, int port) {
        return membership(run, index, port, InstantSource.system());
    }

    private PostgresMembership membership(String run, int index, int port, InstantSource clock) {
        ReplicaSettings settings = new ReplicaSettings(
                run,
                index,
                8,
                URI.create("http://127.0.0.1:" + port),
                Duration.ofSeconds(2),
                Duration.ofMinutes(1),
                Optional.empty());
        PostgresMembership membership = new PostgresMembership(settings, RunDatabase.at(dsn, PATIENT), clock);
        open.add(membership);
        return membership;
    }

    private static MembershipSnapshot poll(Membership membership) {
        return membership.poll(Map.of());
    }

    @Test
    void replicasCreateTheTableConcurrentlyAndSeeEachOther() throws Exception {
        List<PostgresMembership> all = new ArrayList<>();
        for (int index = 0; index < 8; index++) {
            all.add(membership("a-run", index, 1000 + index));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<MembershipSnapshot>> polls = all.stream()
                    .<Callable<MembershipSnapshot>>map(it -> () -> poll(it))
                    .toList();
            for (Future<MembershipSnapshot> poll : threads.invokeAll(polls)) {
                assertThat(poll.get().present()).isNotEmpty();
            }
        }
        poll(membership("another", 0, 2000));
        assertThat(poll(all.get(3)).others())
                .containsOnlyKeys(0, 1, 2, 4, 5, 6, 7)
                .containsEntry(5, URI.create("http://127.0.0.1:1005"));
    }

    @Test
    void takenIndexIsRejectedWhileItsProcessLives() {
        PostgresMembership first = membership("a-run", 1, 1001);
        PostgresMembership second = membership("a-run", 1, 1002);
        poll(first);
        assertThat(poll(second).present()).as("not admitted").doesNotContain(1);
        poll(first);
        assertThatThrownBy(() -> poll(second))
                .isInstanceOf(ReplicaException.Displaced.class)
                .hasMessage("replica 1 of run 'a-run' already runs at http://127.0.0.1:1001; "
                        + "give this process another index or run, or stop that one");
        assertThat(poll(first).present()).containsExactly(1);
    }

    @Test
    void restartedReplicaIsAdmittedWhenItsLastHeartbeatIsOld() {
        poll(membership("a-run", 1, 1001));
        PostgresMembership again = membership("a-run", 1, 1002);
        await().atMost(Duration.ofSeconds(30)).until(() -> poll(again).present().contains(1));
    }

    @Test
    void leavingFreesTheIndexAtOnce() {
        PostgresMembership first = membership("a-run", 1, 1001);
        PostgresMembership other = membership("a-run", 2, 1003);
        poll(first);
        assertThat(poll(other).present()).containsExactly(1, 2);
        first.close();
        assertThat(poll(other).present()).containsExactly(2);
        assertThat(poll(membership("a-run", 1, 1002)).present()).containsExactly(1, 2);
    }

    @Test
    void databaseClockIsTheRunsClock() {
        Clock slow = Clock.offset(Clock.systemUTC(), Duration.ofHours(-1));
        assertThat(poll(membership("a-run", 1, 1001, slow)).clockOffset())
                .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
    }

    @Test
    void errorsDoNotContainThePassword() {
        assertThatThrownBy(() -> poll(new PostgresMembership(
                        new ReplicaSettings(
                                "a-run",
                                0,
                                2,
                                URI.create("http://127.0.0.1:1"),
                                Duration.ofSeconds(2),
                                Duration.ofMinutes(1),
                                Optional.empty()),
                        RunDatabase.at("postgres://me:a-password@127.0.0.1:1/nowhere", PATIENT),
                        InstantSource.system())))
                .isInstanceOf(ReplicaException.MembershipUnavailable.class)
                .hasMessageContaining("fleet_replicas")
                .hasMessageNotContaining("a-password");
        assertThatThrownBy(() -> RunDatabase.at("mysql://me:a-password@host/x", PATIENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("a-password");
        assertThatThrownBy(() -> RunDatabase.at("postgres://me:a-password@ho st/x", PATIENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("a-password");
    }

    @Test
    void parametersOfTheConnectionStringReachTheDriver() {
        PGSimpleDataSource source = (PGSimpleDataSource) RunDatabase.at(
                "postgres://me:pw@h:1/d?sslmode=verify-ca&application_name=x&connect_timeout=7", PATIENT);

        assertThat(source.getSslMode()).isEqualTo("verify-ca");
        assertThat(source.getApplicationName()).isEqualTo("x");
        assertThat(source.getConnectTimeout()).isEqualTo(7);
        assertThatThrownBy(() -> RunDatabase.at("postgres://me:pw@h/d?ssl_mode=require", PATIENT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("did you mean 'sslmode'?");
    }

    /** The kernel shows when the timer of keepalives of a connection ends, in hundredths of a second. */
    @Test
    void keepalivesOfTheDatabaseHaveTheTimesOfTheConnectionString() throws Exception {
        DataSource source =
                RunDatabase.at(dsn + "?keepalives_idle=60&keepalives_interval=10&keepalives_count=5", PATIENT);
        try (Connection connection = source.getConnection()) {
            int port = KeepaliveTimer.localPort(connection);
            await("timer of keepalives of at most 60 s").until(() -> KeepaliveTimer.of(port) <= 6000);
        }
    }
}
