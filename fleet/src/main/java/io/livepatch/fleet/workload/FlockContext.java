package io.livepatch.fleet.workload;

import io.livepatch.fleet.protocol.CallListener;
import io.livepatch.fleet.protocol.LivepatchClient;
import io.livepatch.fleet.stats.Recorder;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** What all monkeys of a flock share. */
final class FlockContext implements AutoCloseable {
    private final JdkHttp http;
    private final List<LivepatchClient> clients;
    private final boolean newConnections;
    private final MachineIdentities machineIdentities;

    /** With clients that come from different addresses. */
    FlockContext(
            JdkHttp http, List<LivepatchClient> clients, boolean newConnections, MachineIdentities machineIdentities) {
        this.http = http;
        this.clients = clients;
        this.newConnections = newConnections;
        this.machineIdentities = machineIdentities;
    }

    MachineIdentities machines() {
        return machineIdentities;
    }

    Iteration turn(int monkey, Recorder recorder) {
        LivepatchClient heard = clients.get(monkey % clients.size()).withListener(new RefusalRecorder(recorder));
        return new Iteration(heard, newConnections ? heard.closingConnections() : heard, machineIdentities, recorder);
    }

    @Override
    public void close() {
        http.close();
    }

    /** Records what the result of a retried call does not show: which unit answered, refusals before it, and waits for a free call. */
    private record RefusalRecorder(Recorder recorder) implements CallListener {
        private static final Set<Integer> COME_BACK_LATER = Set.of(429, 503);

        @Override
        public void onAttempt(Attempt attempt) {
            switch (attempt) {
                case Attempt.Answered answer -> answered(answer);
                case Attempt.Held _ -> recorder.held();
                case Attempt.Failed _ -> {}
            }
        }

        private void answered(Attempt.Answered answer) {
            switch (answer.responder()) {
                case Responder.Unit(String name) -> recorder.answered(name);
                case Responder.Server() -> recorder.unnamed();
                case Responder.Other _ -> {}
            }
            if (COME_BACK_LATER.contains(answer.status())) {
                recorder.refused(
                        answer.call(), answer.status(), answer.retryAfter().orElse(Duration.ZERO));
            }
        }
    }
}
