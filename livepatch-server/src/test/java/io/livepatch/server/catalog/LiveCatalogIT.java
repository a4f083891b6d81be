package io.livepatch.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.TestDatabase;
import io.livepatch.server.database.Database;
import io.livepatch.server.database.DatabaseEvents;
import io.livepatch.storage.PatchName;
import io.livepatch.testing.PostgresServer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class LiveCatalogIT {
    private static final TierName EDGE = new TierName("edge");
    private static final Duration NEVER = Duration.ofHours(1);

    private final List<String> tokens = new CopyOnWriteArrayList<>();
    private final AtomicInteger missed = new AtomicInteger();

    @Test
    void changeIsReadByAllUnitsBeforeTheCatchUp() {
        try (TestDatabase test = TestDatabase.fresh();
                Database other = test.open();
                Following one = follow(test.database(), NEVER);
                Following two = follow(other, NEVER)) {
            one.start();
            two.start();
            await().until(() -> one.catalog().loaded() && two.catalog().loaded());

            test.insertPatch(name(1), "edge");

            await().until(() -> one.catalog().inTier(PatchName.parse(name(1)), EDGE)
                    && two.catalog().inTier(PatchName.parse(name(1)), EDGE));
            assertThat(two.catalog().status().problem()).isEmpty();
            assertThat(two.catalog().status().patches()).isEqualTo(1);
        }
    }

    @Test
    void catchUpReadsTheChangeOfALostNotification() {
        try (TestDatabase test = TestDatabase.fresh();
                Following catalog = follow(test.database(), Duration.ofMillis(50))) {
            catalog.start();
            await().until(catalog.catalog()::loaded);

            // Changes the rows and the revision without a notification.
            test.jdbi().useTransaction(handle -> {
                handle.execute("set local session_replication_role = replica");
                handle.execute("""
                        insert into patches (filename, kernel, architecture, version, sha256, size, added_at)
                        values (?, 'k', 'a', 'v', sha256('x'), 1, now())""", name(1));
                handle.execute("update catalog_revision set revision = revision + 1");
            });

            await().until(() -> catalog.has(name(1)));
        }
    }

    @Test
    void refreshReadsEarlierCommits() {
        try (TestDatabase test = TestDatabase.fresh();
                Following catalog = follow(test.database(), NEVER)) {
            test.insertPatch(name(1));

            catalog.catalog().refresh();

            assertThat(catalog.has(name(1))).isTrue();
        }
    }

    @Test
    void payloadReachesTheSubscriberOfItsChannel() {
        try (TestDatabase test = TestDatabase.fresh();
                Following catalog = follow(test.database(), NEVER)) {
            catalog.start();
            await().until(catalog.catalog()::loaded);

            test.jdbi().useHandle(handle -> handle.execute("select pg_notify('livepatch_machine_tokens', 'c0ffee')"));

            await().untilAsserted(() -> assertThat(tokens).containsExactly("c0ffee"));
        }
    }

    @Test
    void oldSnapshotAnswersDuringARestartOfTheDatabase() {
        try (PostgresServer server = PostgresServer.start();
                TestDatabase test = TestDatabase.on(server);
                Following catalog = follow(test.database(), Duration.ofMillis(200))) {
            test.insertPatch(name(1));
            catalog.start();
            await().until(catalog.catalog()::loaded);
            int missedBefore = missed.get();

            server.kill();
            await().until(() -> catalog.catalog().status().problem().isPresent());
            assertThat(catalog.has(name(1))).isTrue();
            assertThat(catalog.catalog().status().toString()).doesNotContain("test-admin-password");
            server.resume();

            await().atMost(Duration.ofMinutes(2)).until(() -> missed.get() > missedBefore);
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> catalog.catalog().status().problem().isEmpty());
            await().ignoreExceptions().until(() -> {
                test.insertPatch(name(2));
                return true;
            });
            await().until(() -> catalog.has(name(2)));
        }
    }

    @Test
    void catalogStartsBeforeItsDatabase() {
        try (PostgresServer server = PostgresServer.start();
                TestDatabase test = TestDatabase.on(server)) {
            server.stop();
            try (Following catalog = follow(test.database(), Duration.ofMillis(200))) {
                catalog.start();
                assertThat(catalog.catalog().loaded()).isFalse();
                server.resume();

                await().atMost(Duration.ofMinutes(2)).until(catalog.catalog()::loaded);
            }
        }
    }

    @Test
    void rowThatNamesNoPatchIsLeftOut() {
        try (TestDatabase test = TestDatabase.fresh();
                Following catalog = follow(test.database(), NEVER)) {
            test.insertPatch("by-hand.tar.gz");
            test.insertPatch(name(1));

            catalog.catalog().refresh();

            assertThat(catalog.catalog().status().patches()).isEqualTo(1);
        }
    }

    /** A catalog with its own database events, as in a unit. */
    private record Following(DatabaseEvents events, LiveCatalog catalog) implements AutoCloseable {
        void start() {
            events.start();
        }

        boolean has(String fileName) {
            return catalog.find(PatchName.parse(fileName)).isPresent();
        }

        @Override
        public void close() {
            events.close();
        }
    }

    private Following follow(Database database, Duration catchUp) {
        DatabaseEvents events = new DatabaseEvents(database, catchUp);
        events.subscribe("livepatch_machine_tokens", tokens::add);
        events.onReconnect(missed::incrementAndGet);
        LiveCatalog catalog = new LiveCatalog(database, events, InstantSource.system(), _ -> {});
        catalog.subscribe();
        return new Following(events, catalog);
    }

    private static String name(int version) {
        return "livepatch-5.15.0-107.117-generic-" + version + ".1-amd64.tar.bz2";
    }
}
