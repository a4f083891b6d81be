package io.livepatch.supervisor.admin;

import io.livepatch.supervisor.PoolEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** The JSON form of an entry of the event history. */
record EventView(
        long number, Instant at, String pool, String worker, String state, String event, Map<String, Object> details) {

    static EventView of(EventHistory.Entry entry) {
        PoolEvent event = entry.event();
        String kind = event.getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-");
        return new EventView(
                entry.number(),
                entry.at(),
                entry.pool(),
                event.worker().id(),
                JsonViews.word(event.worker().state()),
                kind.toLowerCase(java.util.Locale.ROOT),
                details(event));
    }

    private static Map<String, Object> details(PoolEvent event) {
        Map<String, Object> details = new LinkedHashMap<>();
        switch (event) {
            case PoolEvent.Changed it -> details.put("before", JsonViews.word(it.before()));
            case PoolEvent.Restarted it -> {
                details.put("reason", it.reason().word());
                it.replaces().ifPresent(id -> details.put("replaces", id));
            }
            case PoolEvent.Ended it -> {
                details.put("reason", it.reason().word());
                details.put("exit", it.status().toString());
                details.put("uptime_seconds", seconds(it.uptime()));
                details.put("stopping_seconds", seconds(it.stopping()));
            }
            case PoolEvent.Killed it -> {}
            case PoolEvent.Condemned it -> {
                details.put("reason", it.reason().word());
                details.put("why", it.why());
            }
            case PoolEvent.Recycled it -> {
                details.put("reason", it.reason().word());
                details.put("took_seconds", seconds(it.took()));
            }
            case PoolEvent.Drained it -> {
                details.put("took_seconds", seconds(it.took()));
                details.put("requests_cut", it.cut());
            }
            case PoolEvent.GaveUp it -> details.put("why", it.why());
        }
        return details;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }
}
