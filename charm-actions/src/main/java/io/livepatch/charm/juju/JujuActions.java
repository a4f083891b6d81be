package io.livepatch.charm.juju;

import io.livepatch.charm.api.ActionAnswer;
import io.livepatch.charm.api.ActionAnswer.ActionResult;
import io.livepatch.charm.api.ActionSpec;
import io.livepatch.charm.api.Charm;
import io.livepatch.charm.api.CharmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The actions of one unit. Juju runs no hook of a unit while an action of it runs, {@code parallel} or not, shows an action the bags as
 * they were at its beginning, and applies its writes at its end. So an action that waited in its process for another unit would wait
 * for what cannot happen:
 *
 * <pre>
 * pending  asked again for some seconds, which suffice for the unit's own services
 *          then ends for Juju as completed, with state=pending and what it waits for
 *          asked again at the end of each later hook; its end is in the log (juju debug-log)
 * </pre>
 *
 * A pending action is kept in the controller ({@code state-set}), so that it outlives the machine.
 */
final class JujuActions {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration POLL = Duration.ofMillis(500);
    private static final String STATE_PREFIX = "action-";

    private final Charm charm;
    private final JujuUnit unit;
    private final HookTools tools;
    private final InstantSource clock;
    private final Duration wait;

    /** A pending action, without sensitive parameters. */
    private record Waiting(
            String action,
            Map<String, String> parameters,
            String waitingFor,
            Map<String, String> progress,
            String deadline) {}

    /**
     * The actions of this charm.
     *
     * @param wait how long a pending action is asked again in its process
     */
    JujuActions(Charm charm, JujuUnit unit, HookTools tools, InstantSource clock, Duration wait) {
        this.charm = charm;
        this.unit = unit;
        this.tools = tools;
        this.clock = clock;
        this.wait = wait;
    }

    /** Runs the action, and returns the exit code for Juju. */
    int run(HookEvent event) {
        try {
            ActionSpec spec = charm.metadata().action(event.name());
            Charm.Action action = charm.action(event.name());
            Map<String, String> parameters = spec.check(HookTools.texts(tools.read("action-get")));
            Instant deadline = clock.instant().plus(action.limit());
            ActionAnswer answer = ask(action, parameters);
            unit.commit();
            switch (answer) {
                case ActionResult result -> set(result);
                case ActionAnswer.Pending pending -> {
                    keep(
                            STATE_PREFIX + event.action(),
                            new Waiting(
                                    event.name(),
                                    spec.withoutSensitive(parameters),
                                    pending.waitingFor(),
                                    pending.progress(),
                                    deadline.toString()));
                    set(ActionResult.of("state", "pending").with("waiting-for", pending.waitingFor()));
                }
            }
            return 0;
        } catch (RuntimeException e) {
            tools.write("action-fail", JujuUnit.shortened(String.valueOf(e.getMessage())));
            return 1;
        }
    }

    private ActionAnswer ask(Charm.Action action, Map<String, String> parameters) {
        Instant until = clock.instant().plus(wait);
        ActionAnswer answer = action.run(unit, new Charm.ActionCall(parameters, Map.of()));
        String reported = "";
        while (answer instanceof ActionAnswer.Pending(var waitingFor, var progress)
                && clock.instant().isBefore(until)) {
            if (!waitingFor.equals(reported)) {
                unit.actionLog("waits: " + waitingFor);
                reported = waitingFor;
            }
            pause(POLL);
            answer = action.run(unit, new Charm.ActionCall(parameters, progress));
        }
        return answer;
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CharmException("interrupted", e);
        }
    }

    /** Juju's tool takes results as arguments only, also secret ones: while it runs, users of the unit's machine can read them. */
    private void set(ActionResult result) {
        Map<String, String> all = new LinkedHashMap<>(result.results());
        all.putAll(result.secrets());
        if (!all.isEmpty()) {
            tools.write(
                    "action-set",
                    all.entrySet().stream()
                            .map(entry -> key(entry.getKey()) + "=" + JujuUnit.shortened(entry.getValue()))
                            .toArray(String[]::new));
        }
    }

    /** In Juju's grammar: lower-case letters, digits and inner hyphens, in parts separated by dots. */
    static String key(String name) {
        String key = name.toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9.]", "-")
                .replaceAll("-*\\.[-.]*", ".")
                .replaceAll("^[-.]+|[-.]+$", "");
        return switch (key) {
            case "stdout", "stderr", "stdout-encoding", "stderr-encoding" -> "result-" + key;
            case "" -> "result";
            default -> key;
        };
    }

    private void keep(String key, Waiting waiting) {
        tools.writeEntries(Map.of(key, JSON.writeValueAsString(waiting)), "state-set", "--file", "-");
    }

    /** Asks the pending actions again, after the charm was called. */
    void askPending() {
        JsonNode state = tools.read("state-get");
        HookTools.texts(state).forEach((key, value) -> {
            if (key.startsWith(STATE_PREFIX)) {
                askAgain(key, JSON.readValue(value, Waiting.class));
            }
        });
    }

    private void askAgain(String key, Waiting waiting) {
        String name = "action " + key.substring(STATE_PREFIX.length()) + " '" + waiting.action() + "'";
        try {
            ActionAnswer answer = charm.action(waiting.action())
                    .run(unit, new Charm.ActionCall(waiting.parameters(), waiting.progress()));
            unit.commit();
            switch (answer) {
                case ActionResult result -> end(key, "INFO", name + " completed: " + result);
                case ActionAnswer.Pending(var waitingFor, var progress) -> {
                    if (!clock.instant().isBefore(Instant.parse(waiting.deadline()))) {
                        end(key, "ERROR", name + " did not end in time; it waited: " + waitingFor);
                    } else if (!waitingFor.equals(waiting.waitingFor()) || !progress.equals(waiting.progress())) {
                        unit.log(name + " waits: " + waitingFor);
                        keep(
                                key,
                                new Waiting(
                                        waiting.action(),
                                        waiting.parameters(),
                                        waitingFor,
                                        progress,
                                        waiting.deadline()));
                    }
                }
            }
        } catch (RuntimeException e) {
            // Not thrown: Juju would run the hook again, in which the action would fail again.
            unit.discard();
            end(key, "ERROR", name + " failed: " + e.getMessage());
        }
    }

    private void end(String key, String level, String text) {
        tools.write("state-delete", key);
        unit.log(level, text);
    }
}
