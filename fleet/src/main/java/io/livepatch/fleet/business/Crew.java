package io.livepatch.fleet.business;

import io.livepatch.fleet.LivepatchClient;
import io.livepatch.fleet.figures.Recorder;

/** What all monkeys of a flock share. */
final class Crew implements AutoCloseable {
    private final JdkHttp http;
    private final LivepatchClient client;
    private final boolean newConnections;
    private final Machines machines;

    Crew(JdkHttp http, LivepatchClient client, boolean newConnections, Machines machines) {
        this.http = http;
        this.client = client;
        this.newConnections = newConnections;
        this.machines = machines;
    }

    Machines machines() {
        return machines;
    }

    Turn turn(Recorder recorder) {
        LivepatchClient heard = client.heardBy(new Refusals(recorder));
        return new Turn(heard, newConnections ? heard.closing() : heard, machines, recorder);
    }

    @Override
    public void close() {
        http.close();
    }
}
