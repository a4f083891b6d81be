package io.livepatch.server.admin;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.placement.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tasks of an operator on the stores, each a series of requests. Both programs run them: {@code livepatch-admin} over HTTP and
 * {@code livepatch-server storage} in its own process. Not thread-safe.
 */
public final class StorageTask {
    private final StorageApi api;
    private final FailsafeExecutor<Object> retries;
    private final ProgressListener listener;
    private final InstantSource clock;

    /**
     * A task that repeats failed requests: each of them can be repeated, and continues the work of the one before.
     *
     * @param retries which failures of requests are repeated, and how long
     */
    public StorageTask(StorageApi api, RetryPolicy<Object> retries, ProgressListener listener, InstantSource clock) {
        this.api = api;
        this.retries = Failsafe.with(retries);
        this.listener = listener;
        this.clock = clock;
    }

    /** The routes below {@code /v1/admin/storage}. Exceptions that are not retried end the task. */
    public interface StorageApi {
        /** GET. */
        JsonNode status();

        /** POST {@code /verification}. */
        JsonNode verify(ObjectNode body);

        /** POST {@code /migration}. */
        JsonNode migrate(ObjectNode body);
    }

    /**
     * The result of a task.
     *
     * @param answer for a program
     * @param lines for a person
     * @param complaints the problems and their remedies; empty if there are none
     */
    public record TaskResult(JsonNode answer, List<String> lines, List<String> complaints) {
        public TaskResult {
            lines = List.copyOf(lines);
            complaints = List.copyOf(complaints);
        }
    }

    /** Shows the active store and its condition. */
    public TaskResult status() {
        JsonNode status = retries.get(api::status);
        return new TaskResult(status, TaskMessages.status(status), List.of());
    }

    /** Checks every patch. */
    public TaskResult verify() {
        Run run = new Run("verified");
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        var damaged = result.putArray("damaged");
        var removed = JsonNodeFactory.instance.arrayNode();
        long copies = 0;
        boolean cached = false;
        String after = "";
        JsonNode step;
        do {
            ObjectNode request = JsonNodeFactory.instance.objectNode().put("after", after);
            step = retries.get(() -> api.verify(request));
            step.path("damaged").forEach(damaged::add);
            cached |= step.has("cache");
            copies += step.path("cache").path("checked").asLong(0);
            step.path("cache").path("removed").forEach(removed::add);
            run.show(step);
            after = step.path("after").asString("");
        } while (!after.isEmpty());
        result.put("type", step.path("type").asString(""));
        result.put("patches", step.path("patches").path("total").asLong(0));
        result.put("bytes", step.path("bytes").path("total").asLong(0));
        if (cached) {
            result.putObject("cache").put("checked", copies).set("removed", removed);
        }
        return new TaskResult(result, TaskMessages.verified(result, run.elapsed()), TaskMessages.damaged(result));
    }

    /** Shows the work of {@link #migrate} and its obstacles. */
    public TaskResult plan(String to) {
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("to", to).put("dry-run", true);
        JsonNode plan = retries.get(() -> api.migrate(request));
        return new TaskResult(
                plan, List.of(TaskMessages.planned(plan)), TaskMessages.obstacles(plan.path("obstacles")));
    }

    /** Moves all patches to the store of that type. */
    public TaskResult migrate(String to) {
        JsonNode plan = plan(to).answer();
        List<JsonNode> ofAll = plan.path("obstacles")
                .valueStream()
                .filter(obstacle -> !obstacle.has("filename"))
                .toList();
        if (!ofAll.isEmpty()) {
            return new TaskResult(plan, List.of("nothing was moved"), TaskMessages.obstacles(ofAll));
        }
        if (plan.path("state").asString("").equals("moved")) {
            return new TaskResult(plan, List.of(TaskMessages.nothingToDo(plan)), List.of());
        }
        return takeSteps(to);
    }

    private TaskResult takeSteps(String to) {
        Run run = new Run("moved");
        List<JsonNode> obstacles = new ArrayList<>();
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("to", to);
        JsonNode step;
        do {
            step = retries.get(() -> api.migrate(request));
            if (request.path("next").path("after").asString("").isEmpty()) {
                // The first step of a pass: it tries the patches with obstacles again.
                obstacles.clear();
            }
            step.path("obstacles").forEach(obstacles::add);
            run.show(step);
            request.set("next", step.path("next"));
        } while (step.path("state").asString("").equals("moving"));
        return step.path("state").asString("").equals("moved")
                ? new TaskResult(step, moved(step, run), List.of())
                : new TaskResult(step, List.of(TaskMessages.blocked(step)), TaskMessages.obstacles(obstacles));
    }

    private static List<String> moved(JsonNode step, Run run) {
        Stream<String> advice = step.path("advice").valueStream().map(line -> line.asString(""));
        return Stream.concat(Stream.of(TaskMessages.moved(step, run.elapsed())), advice)
                .toList();
    }

    /** Measures one task from its start. */
    private final class Run {
        private final String verb;
        private final Instant started = clock.instant();
        private long doneBefore = -1;

        Run(String verb) {
            this.verb = verb;
        }

        Duration elapsed() {
            return Duration.between(started, clock.instant());
        }

        void show(JsonNode step) {
            Progress.Count bytes = count(step.path("bytes"));
            // The first answer may include the bytes of earlier runs, so they are not counted for the speed.
            doneBefore = doneBefore < 0 ? bytes.done() : doneBefore;
            listener.show(verb, new Progress(count(step.path("patches")), bytes, bytes.done() - doneBefore, elapsed()));
        }

        private static Progress.Count count(JsonNode node) {
            return new Progress.Count(
                    node.path("done").asLong(0), node.path("total").asLong(0));
        }
    }

    /** Shows the progress of a task. */
    public interface ProgressListener {
        /**
         * Called after each step.
         *
         * @param verb of the task, in the past tense, like {@code moved}
         */
        void show(String verb, Progress progress);

        /** Prints a line every few seconds, for a log. */
        static ProgressListener lines(PrintWriter out, InstantSource clock) {
            return new ProgressListener() {
                private static final Duration PERIOD = Duration.ofSeconds(3);
                private Instant next = Instant.MIN;

                @Override
                public void show(String verb, Progress progress) {
                    if (!clock.instant().isBefore(next)) {
                        next = clock.instant().plus(PERIOD);
                        out.println(progress.text(verb));
                        out.flush();
                    }
                }
            };
        }
    }
}
