package io.livepatch.server.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.livepatch.server.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DatabaseEventsIT {
    private final TestDatabase database = TestDatabase.fresh();
    private final DatabaseEvents events = new DatabaseEvents(database.database(), Duration.ofHours(1));
    private final List<String> calls = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        events.close();
        database.close();
    }

    private void sendNotification(String channel, String payload) {
        database.jdbi().useHandle(handle -> handle.execute("select pg_notify(?, ?)", channel, payload));
    }

    @Test
    void everySubscriberOfAChannelGetsItsPayloadsBeforeTheCatchUp() {
        events.subscribe("one", payload -> calls.add("a " + payload));
        events.subscribe("one", payload -> calls.add("b " + payload));
        events.subscribe("two", payload -> calls.add("c " + payload));
        events.onCatchUp(() -> calls.add("catch-up"));
        TestDatabase.startAndAwait(events);

        sendNotification("one", "x");
        await().untilAsserted(() -> assertThat(calls).containsSubsequence("a x", "b x", "catch-up"));
        sendNotification("two", "y");

        await().untilAsserted(() -> assertThat(calls).containsSubsequence("b x", "catch-up", "c y", "catch-up"));
        assertThat(calls).containsOnlyOnce("a x", "b x", "c y");
    }

    @Test
    void notificationDuringTheFirstReadIsNotMissed() {
        events.subscribe("one", payload -> calls.add("payload " + payload));
        events.onReconnect(() -> calls.add("reconnect"));
        events.onCatchUp(() -> {
            if (!calls.contains("read")) {
                sendNotification("one", "x");
                calls.add("read");
            }
        });

        events.start();

        await().untilAsserted(() -> assertThat(calls).containsExactly("reconnect", "read", "payload x"));
    }

    @Test
    void failingListenersDoNotStopOthers() {
        Runnable failing = () -> {
            throw new IllegalStateException("thrown by a test");
        };
        events.subscribe("one", _ -> failing.run());
        events.subscribe("one", calls::add);
        events.onReconnect(failing);
        events.onCatchUp(failing);
        TestDatabase.startAndAwait(events);

        sendNotification("one", "x");

        await().untilAsserted(() -> assertThat(calls).containsExactly("x"));
        assertThat(events.problem()).isEmpty();
    }

    @Test
    void subscriptionAfterTheStartIsRefused() {
        events.start();

        assertThatThrownBy(() -> events.subscribe("one", calls::add)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> events.onReconnect(() -> {})).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> events.onCatchUp(() -> {})).isInstanceOf(IllegalStateException.class);
    }
}
