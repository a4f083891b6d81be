package io.livepatch.fleet.replica;

import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.load.MonkeyInfo;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The monkeys of a flock, whichever replica runs them. Nobody keeps a list of another's: they are asked. */
public final class Monkeys {
    private final int self;
    private final PeerDirectory peerDirectory;
    private final FlockCommands flockCommands;
    private final LocalRuns runs;
    private final GossipProtocol gossipProtocol;

    Monkeys(
            int self,
            PeerDirectory peerDirectory,
            FlockCommands flockCommands,
            LocalRuns runs,
            GossipProtocol gossipProtocol) {
        this.self = self;
        this.peerDirectory = peerDirectory;
        this.flockCommands = flockCommands;
        this.runs = runs;
        this.gossipProtocol = gossipProtocol;
    }

    /**
     * Some of them, by number.
     *
     * @param missing replicas whose monkeys are not among them
     */
    public record Page(List<MonkeyInfo> monkeys, SortedSet<Integer> missing) {}

    public Page from(String flock, int from, int most) {
        Map<Integer, List<MonkeyInfo>> others = gossipProtocol.ask(
                peerDirectory.others(),
                "replica/flocks/%s/monkeys?from=%d&limit=%d".formatted(flock, from, most),
                json -> read(json, MonkeyInfo[].class));
        List<MonkeyInfo> all = new ArrayList<>();
        run(flock).ifPresent(run -> all.addAll(run.monkeys(from, most)));
        others.values().forEach(all::addAll);
        all.sort(Comparator.comparingInt(MonkeyInfo::number));
        SortedSet<Integer> answered = new TreeSet<>(others.keySet());
        answered.add(self);
        // While a share changes hands, two may know the same monkey.
        Map<Integer, MonkeyInfo> byNumber = new TreeMap<>();
        all.forEach(monkey -> byNumber.putIfAbsent(monkey.number(), monkey));
        return new Page(byNumber.values().stream().limit(most).toList(), peerDirectory.without(answered));
    }

    /**
     * How one of them does.
     *
     * @throws ReplicaException.Silent when the replica that runs it does not answer
     */
    public Optional<MonkeyInfo> one(String flock, int number) {
        return ofOwner(number)
                .map(owner -> ask(
                        owner,
                        "replica/flocks/%s/monkeys?from=%d&limit=1".formatted(flock, number),
                        MonkeyInfo[].class))
                .orElseGet(() -> run(flock).stream()
                        .flatMap(run -> run.monkey(number).stream())
                        .toList())
                .stream()
                .filter(monkey -> monkey.number() == number)
                .findFirst();
    }

    /**
     * What is remembered of one of them.
     *
     * @throws ReplicaException.Silent when the replica that runs it does not answer
     */
    public List<String> log(String flock, int number) {
        return ofOwner(number)
                .map(owner -> ask(owner, "replica/flocks/%s/monkeys/%d/log".formatted(flock, number), String[].class))
                .orElseGet(() -> run(flock).map(run -> run.log(number)).orElse(List.of()));
    }

    private Optional<FlockRun> run(String flock) {
        return flockCommands.find(flock).flatMap(order -> runs.find(order.id()));
    }

    /** Empty when it is ours. */
    private Optional<Integer> ofOwner(int number) {
        if (peerDirectory.present().isEmpty()) {
            throw new ReplicaException.Silent("it is not known yet who is there; ask again in a moment");
        }
        int owner = peerDirectory.division().owner(number);
        return owner == self ? Optional.empty() : Optional.of(owner);
    }

    private <T> List<T> ask(int owner, String path, Class<T[]> type) {
        NavigableMap<Integer, URI> whom = new TreeMap<>(peerDirectory.others());
        whom.keySet().retainAll(List.of(owner));
        return Optional.ofNullable(
                        gossipProtocol.ask(whom, path, json -> read(json, type)).get(owner))
                .orElseThrow(() -> new ReplicaException.Silent(
                        "replica %d, which runs this monkey, does not answer; ask again in a moment".formatted(owner)));
    }

    private static <T> List<T> read(byte[] json, Class<T[]> type) {
        try {
            return List.of(JsonMapper.shared().readValue(json, type));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not what a replica of this version tells", e);
        }
    }
}
