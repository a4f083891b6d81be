package io.livepatch.charm.juju;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Endpoint;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A unit during one hook or action, through Juju's tools. Reads are the state at the beginning of the hook and the own writes.
 * Relations are written by {@link #commit}, and status and log lines at once.
 */
final class JujuUnit implements Unit {
    /** The kernel limits one argument to 128 KiB. */
    private static final int MAX_ARGUMENT = 30_000;

    private final UnitName name;
    private final CharmMetadata metadata;
    private final HookTools tools;
    private final HookEvent event;
    private final Place place;
    private final Map<String, JujuRelation> relations = new HashMap<>();
    private final Secrets secrets;
    private final Secrets unitSecrets;
    private final boolean leader;
    private final CharmConfig config;
    private @Nullable Set<Integer> ports;
    private @Nullable UnitStatus shown;

    /**
     * The parts of a unit that are on the machine.
     *
     * @param directory the unit's directory
     * @param charm the directory of the charm; the programs that it ships are in {@code bin}
     */
    record Place(Path directory, Path charm, Services services) {}

    private JujuUnit(
            HookEvent event, CharmMetadata metadata, HookTools tools, Place place, boolean leader, CharmConfig config) {
        this.name = event.unit();
        this.metadata = metadata;
        this.tools = tools;
        this.event = event;
        this.place = place;
        this.leader = leader;
        this.config = config;
        Path scratch = place.directory().resolve(".secret");
        this.secrets = new JujuSecrets(tools, false, leader, scratch);
        this.unitSecrets = new JujuSecrets(tools, true, leader, scratch);
    }

    static JujuUnit of(HookEvent event, CharmMetadata metadata, HookTools tools, Place place) {
        CharmConfig config = metadata.effective(HookTools.texts(tools.read("config-get")));
        return new JujuUnit(event, metadata, tools, place, isLeader(tools), config);
    }

    /** A controller that does not answer cannot be asked to accept a leader's writes either. */
    private static boolean isLeader(HookTools tools) {
        try {
            return tools.read("is-leader").asBoolean(false);
        } catch (CharmException e) {
            return false;
        }
    }

    @Override
    public UnitName name() {
        return name;
    }

    @Override
    public List<UnitName> plannedUnits() {
        return goalState().entrySet().stream()
                .filter(unit -> !unit.getValue().equals("dying"))
                .map(unit -> UnitName.parse(unit.getKey()))
                .flatMap(Optional::stream)
                .sorted()
                .toList();
    }

    private Map<String, String> goalState() {
        Map<String, String> statuses = new HashMap<>();
        tools.read("goal-state")
                .path("units")
                .forEachEntry(
                        (unit, state) -> statuses.put(unit, state.path("status").asString("")));
        return statuses;
    }

    @Override
    public boolean leader() {
        return leader;
    }

    @Override
    public boolean leaving() {
        return event.leaves() || goalState().getOrDefault(name.toString(), "").equals("dying");
    }

    /** The address to bind to, in the network space of the peer relation. */
    @Override
    public String address() {
        JsonNode network = tools.read("network-get", peerEndpoint());
        JsonNode address =
                network.path("bind-addresses").path(0).path("addresses").path(0);
        String value = address.path("value").asString(address.path("address").asString(""));
        if (value.isEmpty()) {
            throw new CharmException("unit '" + name + "' has no address yet");
        }
        return value;
    }

    @Override
    public CharmConfig config() {
        return config;
    }

    @Override
    public List<Relation> relations(String endpoint) {
        return HookTools.list(tools.read("relation-ids", endpoint)).stream()
                .filter(id -> !event.breaks(id))
                .sorted(Comparator.comparingInt(JujuRelation::number))
                .<Relation>map(id -> relations.computeIfAbsent(
                        id, _ -> new JujuRelation(tools, id, name, endpoint.equals(peerEndpoint()), leader)))
                .toList();
    }

    private String peerEndpoint() {
        return metadata.peers()
                .map(Endpoint::name)
                .orElseThrow(() -> new CharmException("charm '" + metadata.name() + "' declares no peers"));
    }

    /** Whether Juju has made the peer relation, which it does after the hook {@code install}. */
    boolean hasPeers() {
        return !relations(peerEndpoint()).isEmpty();
    }

    @Override
    public Relation peers() {
        return relations(peerEndpoint()).stream()
                .findFirst()
                .orElseThrow(() -> new CharmException("unit '" + name + "' has no peer relation in this hook"));
    }

    @Override
    public Secrets secrets() {
        return secrets;
    }

    @Override
    public Secrets unitSecrets() {
        return unitSecrets;
    }

    /** Its latest content. From then on the unit counts as a reader of that revision, so that the owner can remove older ones. */
    @Override
    public Optional<Map<String, String>> readSecret(String id) {
        return tools.find("secret-get", id, "--refresh").map(HookTools::texts);
    }

    @Override
    public Path directory() {
        return place.directory();
    }

    /** The charm, which brings its programs. */
    @Override
    public Path release() {
        return place.charm();
    }

    @Override
    public Services services() {
        return place.services();
    }

    /** Juju sets {@code error} itself, for a failed hook only, and refuses {@code unknown}. */
    @Override
    public void setStatus(UnitStatus status) {
        if (status.equals(shown)) {
            return;
        }
        UnitStatus.Kind kind = switch (status.kind()) {
            case ERROR -> UnitStatus.Kind.BLOCKED;
            case UNKNOWN -> UnitStatus.Kind.WAITING;
            case ACTIVE, WAITING, MAINTENANCE, BLOCKED -> status.kind();
        };
        tools.write("status-set", kind.text(), "--", shortened(status.message()));
        shown = status;
    }

    static String shortened(String text) {
        return text.length() <= MAX_ARGUMENT ? text : text.substring(0, MAX_ARGUMENT) + "…";
    }

    @Override
    public void setVersion(String version) {
        tools.write("application-version-set", version);
    }

    @Override
    public void openPorts(Set<Integer> wanted) {
        Set<Integer> open = ports == null ? openedPorts() : ports;
        wanted.stream()
                .filter(port -> !open.contains(port))
                .sorted()
                .forEach(port -> tools.write("open-port", port + "/tcp"));
        open.stream()
                .filter(port -> !wanted.contains(port))
                .sorted()
                .forEach(port -> tools.write("close-port", port + "/tcp"));
        ports = Set.copyOf(wanted);
    }

    private Set<Integer> openedPorts() {
        return HookTools.list(tools.read("opened-ports")).stream()
                .filter(range -> range.matches("[0-9]{1,5}/tcp"))
                .map(range -> Integer.valueOf(range.substring(0, range.indexOf('/'))))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public void log(String message) {
        log("INFO", message);
    }

    void log(String level, String message) {
        for (int at = 0; at == 0 || at < message.length(); at += MAX_ARGUMENT) {
            String part = message.substring(at, Math.min(message.length(), at + MAX_ARGUMENT));
            tools.write("juju-log", "-l", level, "--", part);
        }
    }

    @Override
    public void stepEnded(String step, Duration duration, Optional<String> failure) {
        String time = "%.3f s".formatted(duration.toNanos() / 1e9);
        failure.ifPresentOrElse(
                why -> log("WARNING", step + " (" + time + ") failed: " + why), () -> log(step + " (" + time + ")"));
    }

    @Override
    public void actionLog(String message) {
        log(message);
        if (event.isAction()) {
            tools.write("action-log", shortened(message));
        }
    }

    /** Hands the writes to relations to Juju, which applies them when the process has ended with exit code 0. */
    void commit() {
        relations.values().forEach(JujuRelation::commit);
    }

    /** Forgets the writes to relations since the last {@link #commit}. */
    void discard() {
        relations.values().forEach(JujuRelation::discard);
    }
}
