package io.livepatch.fleet.replica;

import io.livepatch.fleet.load.FlockRun;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/** Where other replicas knock. What it answers is about this replica alone, and holds no secret. */
public final class PeerEndpoint {
    private final GossipProtocol gossipProtocol;
    private final FlockCommands flockCommands;
    private final LocalRuns runs;
    private final Runnable settle;

    PeerEndpoint(GossipProtocol gossipProtocol, FlockCommands flockCommands, LocalRuns runs, Runnable settle) {
        this.gossipProtocol = gossipProtocol;
        this.flockCommands = flockCommands;
        this.runs = runs;
        this.settle = settle;
    }

    /**
     * All that is known here, as JSON.
     *
     * @param teller the process that told all but what came {@code since}, which it need not repeat if it is this one; may be empty
     */
    public byte[] tell(String teller, long since) {
        return gossipProtocol.gossip(teller, since).json();
    }

    /**
     * Another tells what it knows, unasked.
     *
     * @throws IllegalArgumentException when it is none of ours
     */
    public void hear(byte[] json) {
        gossipProtocol.hear(GossipMessage.parse(json), Optional.empty());
        settle.run();
    }

    /** Those that run here, as JSON. */
    public byte[] monkeys(String flock, int from, int most) {
        return json(run(flock).map(run -> run.monkeys(from, most)).orElse(List.of()));
    }

    /** What is remembered here of one, as JSON. */
    public byte[] log(String flock, int number) {
        return json(run(flock).map(run -> run.log(number)).orElse(List.of()));
    }

    private Optional<FlockRun> run(String flock) {
        return flockCommands.find(flock).flatMap(order -> runs.find(order.id()));
    }

    private static byte[] json(Object value) {
        return JsonMapper.shared().writeValueAsBytes(value);
    }
}
