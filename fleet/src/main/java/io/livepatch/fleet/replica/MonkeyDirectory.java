package io.livepatch.fleet.replica;

import io.livepatch.fleet.load.FlockRun;
import io.livepatch.fleet.load.FlockRun.MonkeyInfo;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The monkeys of all flocks, on whatever replica they run. Monkeys of other replicas are not stored here, but requested. */
public final class MonkeyDirectory {
    private final int self;
    private final PeerDirectory peers;
    private final FlockCommands commands;
    private final LocalRuns runs;
    private final PeerClient client;

    MonkeyDirectory(int self, PeerDirectory peers, FlockCommands commands, LocalRuns runs, PeerClient client) {
        this.self = self;
        this.peers = peers;
        this.commands = commands;
        this.runs = runs;
        this.client = client;
    }

    /**
     * Some monkeys of a flock, by number.
     *
     * @param missing replicas that did not respond
     */
    public record Page(List<MonkeyInfo> monkeys, SortedSet<Integer> missing) {}

    public Page page(String flock, int from, int limit) {
        Map<Integer, List<MonkeyInfo>> others = client.get(
                peers.addresses(), _ -> monkeysPath(flock, from, limit), json -> read(json, MonkeyInfo[].class));
        // While a share moves, two replicas may have the same monkey.
        Map<Integer, MonkeyInfo> byNumber = new TreeMap<>();
        List<MonkeyInfo> all = new ArrayList<>(local(flock, from, limit));
        others.values().forEach(all::addAll);
        all.forEach(monkey -> byNumber.putIfAbsent(monkey.number(), monkey));
        SortedSet<Integer> responded = new TreeSet<>(others.keySet());
        responded.add(self);
        return new Page(byNumber.values().stream().limit(limit).toList(), peers.allExcept(responded));
    }

    /**
     * One monkey of a flock.
     *
     * @throws ReplicaException.PeerUnavailable if the replica that runs it does not respond
     */
    public Optional<MonkeyInfo> find(String flock, int number) {
        return otherOwner(number)
                .map(owner -> get(owner, monkeysPath(flock, number, 1), MonkeyInfo[].class))
                .orElseGet(() -> local(flock, number, 1))
                .stream()
                .filter(monkey -> monkey.number() == number)
                .findFirst();
    }

    /**
     * The recent events of a monkey.
     *
     * @throws ReplicaException.PeerUnavailable if the replica that runs it does not respond
     */
    public List<String> log(String flock, int number) {
        return otherOwner(number)
                .map(owner -> get(owner, "replica/flocks/%s/monkeys/%d/log".formatted(flock, number), String[].class))
                .orElseGet(() -> localLog(flock, number));
    }

    /** The monkeys of this replica. */
    public List<MonkeyInfo> local(String flock, int from, int limit) {
        return run(flock).map(run -> run.monkeys(from, limit)).orElse(List.of());
    }

    /** The recent events of a monkey of this replica. */
    public List<String> localLog(String flock, int number) {
        return run(flock).map(run -> run.log(number)).orElse(List.of());
    }

    private Optional<FlockRun> run(String flock) {
        return commands.find(flock).flatMap(command -> runs.find(command.id()));
    }

    private static String monkeysPath(String flock, int from, int limit) {
        return "replica/flocks/%s/monkeys?from=%d&limit=%d".formatted(flock, from, limit);
    }

    /** Empty if this replica runs the monkey. */
    private Optional<Integer> otherOwner(int number) {
        if (peers.present().isEmpty()) {
            throw new ReplicaException.PeerUnavailable("the present replicas are not known yet; try again in a moment");
        }
        int owner = peers.partition().owner(number);
        return owner == self ? Optional.empty() : Optional.of(owner);
    }

    private <T> List<T> get(int owner, String path, Class<T[]> type) {
        NavigableMap<Integer, URI> address = new TreeMap<>(peers.addresses());
        address.keySet().retainAll(List.of(owner));
        return Optional.ofNullable(
                        client.get(address, _ -> path, json -> read(json, type)).get(owner))
                .orElseThrow(() -> new ReplicaException.PeerUnavailable(
                        "replica %d, which runs this monkey, does not respond; try again in a moment"
                                .formatted(owner)));
    }

    private static <T> List<T> read(byte[] json, Class<T[]> type) {
        try {
            return List.of(JsonMapper.shared().readValue(json, type));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not a response of a replica of this version", e);
        }
    }
}
