package io.livepatch.fleet.business;

import io.livepatch.fleet.LivepatchClient;
import io.livepatch.fleet.figures.Recorder;
import java.util.List;

/** What all monkeys of a flock share. */
final class Crew implements AutoCloseable {
    private final JdkHttp http;
    private final List<LivepatchClient> clients;
    private final boolean newConnections;
    private final Machines machines;

    /** With clients that come from different addresses. */
    Crew(JdkHttp http, List<LivepatchClient> clients, boolean newConnections, Machines machines) {
        this.http = http;
        this.clients = clients;
        this.newConnections = newConnections;
        this.machines = machines;
    }

    Machines machines() {
        return machines;
    }

    Turn turn(int monkey, Recorder recorder) {
        LivepatchClient heard = clients.get(monkey % clients.size()).heardBy(new Refusals(recorder));
        return new Turn(heard, newConnections ? heard.closing() : heard, machines, recorder);
    }

    @Override
    public void close() {
        http.close();
    }
}
