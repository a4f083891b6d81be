package io.livepatch.server.admin;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RetryPolicy;
import io.livepatch.server.task.StorageApi;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The storage routes, asked again while the server is away: every request of theirs can be repeated, and what they began goes on
 * where it stopped.
 */
final class PatientApi implements StorageApi {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final AdminApi api;
    private final FailsafeExecutor<Object> again;
    private boolean lost;

    PatientApi(AdminApi api, CliContext cliContext) {
        this.api = api;
        this.again = Failsafe.with(RetryPolicy.builder()
                .handleIf(failure -> failure instanceof AdminException fault && passing(fault))
                .withBackoff(FIRST_PAUSE, LONGEST_PAUSE)
                .withMaxAttempts(-1)
                .withMaxDuration(cliContext.silence())
                .onRetry(event -> {
                    lost = true;
                    cliContext
                            .err()
                            .println("livepatch-admin: "
                                    + event.getLastException().getMessage() + "; trying again");
                    cliContext.err().flush();
                })
                .build());
    }

    /** A step whose answer was lost may still be at work; who is in its way then is ourselves. */
    private boolean passing(AdminException fault) {
        return fault.mayPass() || (lost && fault.isConflict());
    }

    @Override
    public JsonNode status() {
        return again.get(() -> api.get("/storage"));
    }

    @Override
    public JsonNode verify(ObjectNode body) {
        return again.get(() -> api.post("/storage/verification", body));
    }

    @Override
    public JsonNode migrate(ObjectNode body) {
        return again.get(() -> api.post("/storage/migration", body));
    }
}
