package io.livepatch.server.storage;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.http.Json;
import io.livepatch.server.moving.Move;
import io.livepatch.server.problem.ExceptionTranslator;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.server.task.StorageApi;
import io.livepatch.server.unit.UnitRegistry;
import java.io.PrintWriter;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The resource without HTTP, asked again while a database or a store is away for a while. The answer to a switch of the store says which
 * units have it, as over HTTP.
 */
final class PatientApi implements StorageApi {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final StorageResource resource;
    private final UnitRegistry units;
    private final FailsafeExecutor<Object> again;

    PatientApi(StorageResource resource, UnitRegistry units, Duration patience, PrintWriter err) {
        this.resource = resource;
        this.units = units;
        this.again = Failsafe.with(RetryPolicy.builder()
                .handleIf(PatientApi::passing)
                .withBackoff(FIRST_PAUSE, LONGEST_PAUSE)
                .withMaxAttempts(-1)
                .withMaxDuration(patience)
                .onRetry(event -> tell(err, event.getLastException()))
                .build());
    }

    private static boolean passing(Throwable failure) {
        return ExceptionTranslator.problem(failure)
                .filter(ProblemException.Unavailable.class::isInstance)
                .isPresent();
    }

    private static void tell(PrintWriter err, Throwable failure) {
        ExceptionTranslator.problem(failure).ifPresent(problem -> err.println("trying again: " + problem.detail()));
        err.flush();
    }

    @Override
    public JsonNode status() {
        return ask(resource::status);
    }

    @Override
    public JsonNode verify(ObjectNode body) {
        return ask(() -> resource.verify(Json.mapper().treeToValue(body, StorageResource.Verifying.class)));
    }

    @Override
    public JsonNode migrate(ObjectNode body) {
        StorageResource.Migrating step = Json.mapper().treeToValue(body, StorageResource.Migrating.class);
        Move move = again.get(() -> resource.migrate(step));
        boolean switched = move.state() == Move.State.MOVED && !Boolean.TRUE.equals(step.dryRun());
        return Json.mapper().valueToTree(switched ? units.withSeenBy(move) : move);
    }

    private interface Asking {
        Object ask();
    }

    private JsonNode ask(Asking asking) {
        return Json.mapper().valueToTree(again.get(asking::ask));
    }
}
