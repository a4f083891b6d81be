package io.livepatch.server.task;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The tasks, step by step. For one thread. */
public final class StorageTask {
    private final StorageApi api;
    private final Meter meter;
    private final InstantSource clock;

    public StorageTask(StorageApi api, Meter meter, InstantSource clock) {
        this.api = api;
        this.meter = meter;
        this.clock = clock;
    }

    /** Says where patches are, and how they are. */
    public Outcome status() {
        JsonNode status = api.status();
        return new Outcome(status, Words.status(status), List.of());
    }

    /** Looks at every patch. */
    public Outcome verify() {
        Run run = new Run("verified");
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        var damaged = result.putArray("damaged");
        var removed = JsonNodeFactory.instance.arrayNode();
        long copies = 0;
        boolean cached = false;
        String after = "";
        JsonNode step;
        do {
            step = api.verify(JsonNodeFactory.instance.objectNode().put("after", after));
            step.path("damaged").forEach(damaged::add);
            cached |= step.has("cache");
            copies += step.path("cache").path("checked").asLong(0);
            step.path("cache").path("removed").forEach(removed::add);
            run.show(step, step.path("after").asString(""));
            after = step.path("after").asString("");
        } while (!after.isEmpty());
        result.put("type", step.path("type").asString(""));
        result.put("patches", step.path("patches").path("total").asLong(0));
        result.put("bytes", step.path("bytes").path("total").asLong(0));
        if (cached) {
            result.putObject("cache").put("checked", copies).set("removed", removed);
        }
        return new Outcome(result, Words.verified(result, run.elapsed()), Words.damaged(result));
    }

    /** Says what {@link #migrate} would do. */
    public Outcome plan(String to) {
        JsonNode plan =
                api.migrate(JsonNodeFactory.instance.objectNode().put("to", to).put("dry-run", true));
        return new Outcome(plan, List.of(Words.planned(plan)), Words.obstacles(plan.path("obstacles")));
    }

    /** Moves all patches to that kind of store. */
    public Outcome migrate(String to) {
        JsonNode plan = plan(to).answer();
        List<JsonNode> ofAll = StreamSupport.stream(plan.path("obstacles").spliterator(), false)
                .filter(obstacle -> !obstacle.has("filename"))
                .toList();
        if (!ofAll.isEmpty()) {
            return new Outcome(plan, List.of("nothing was moved"), Words.obstacles(ofAll));
        }
        if (plan.path("state").asString("").equals("moved")) {
            return new Outcome(plan, List.of(Words.nothingToDo(plan)), List.of());
        }
        return steps(to);
    }

    private Outcome steps(String to) {
        Run run = new Run("moved");
        List<JsonNode> obstacles = new ArrayList<>();
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("to", to);
        JsonNode step;
        do {
            step = api.migrate(request);
            if (!request.path("next").has("after")
                    || request.path("next").path("after").asString("").isEmpty()) {
                // A new beginning tries again what was in the way before.
                obstacles.clear();
            }
            step.path("obstacles").forEach(obstacles::add);
            run.show(step, step.path("last").asString(""));
            request.set("next", step.path("next"));
        } while (step.path("state").asString("").equals("moving"));
        return step.path("state").asString("").equals("moved")
                ? new Outcome(step, moved(step, run), List.of())
                : new Outcome(step, List.of(Words.blocked(step)), Words.obstacles(obstacles));
    }

    private static List<String> moved(JsonNode step, Run run) {
        Stream<String> advice =
                StreamSupport.stream(step.path("advice").spliterator(), false).map(line -> line.asString(""));
        return Stream.concat(Stream.of(Words.moved(step, run.elapsed())), advice)
                .toList();
    }

    /** Measures one task from its beginning. */
    private final class Run {
        private final String verb;
        private final Instant began = clock.instant();
        private long before = -1;

        Run(String verb) {
            this.verb = verb;
        }

        Duration elapsed() {
            return Duration.between(began, clock.instant());
        }

        void show(JsonNode step, String last) {
            Amount bytes = amount(step.path("bytes"));
            // The first answer may include what earlier runs did, so its bytes are not counted for the speed.
            before = before < 0 ? bytes.done() : before;
            meter.show(verb, new Headway(amount(step.path("patches")), bytes, bytes.done() - before, elapsed()), last);
        }

        private static Amount amount(JsonNode node) {
            return new Amount(node.path("done").asLong(0), node.path("total").asLong(0));
        }
    }
}
