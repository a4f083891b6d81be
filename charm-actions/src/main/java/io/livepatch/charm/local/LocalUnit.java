package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.Unit.Secrets;
import io.livepatch.charm.api.Unit.Services;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.Model.SecretRecord;
import io.livepatch.charm.model.PendingWrites;
import io.livepatch.charm.model.UnitSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** A unit during one call of its charm: the model at the beginning of the call, and the call's pending writes. */
final class LocalUnit implements Unit {
    private final Model model;
    private final UnitSnapshot inputs;
    private final CharmConfig config;
    private final PendingWrites writes;
    private final Place place;
    private final UnitStatusRegistry statuses;
    private final ControllerMetrics metrics;
    private final Consumer<String> progress;

    /** The parts of a unit that are not in the model. */
    record Place(Path directory, Path release, Services services) {}

    LocalUnit(
            Model model,
            UnitSnapshot inputs,
            CharmConfig config,
            Place place,
            UnitStatusRegistry statuses,
            ControllerMetrics metrics,
            Consumer<String> progress) {
        this.model = model;
        this.inputs = inputs;
        this.config = config;
        this.writes = new PendingWrites(model, inputs.name());
        this.place = place;
        this.statuses = statuses;
        this.metrics = metrics;
        this.progress = progress;
    }

    PendingWrites writes() {
        return writes;
    }

    @Override
    public UnitName name() {
        return inputs.name();
    }

    @Override
    public List<UnitName> plannedUnits() {
        return inputs.plannedUnits();
    }

    @Override
    public boolean leader() {
        return inputs.leader();
    }

    @Override
    public boolean leaving() {
        return inputs.leaving();
    }

    @Override
    public String address() {
        return inputs.address();
    }

    @Override
    public CharmConfig config() {
        return config;
    }

    @Override
    public List<Relation> relations(String endpoint) {
        return inputs.relations().stream()
                .filter(relation -> relation.endpoint().equals(endpoint))
                .<Relation>map(relation -> new LocalRelation(inputs, relation, writes))
                .toList();
    }

    @Override
    public Relation peers() {
        return model.peers(application()).stream()
                .flatMap(id -> inputs.relations().stream().filter(relation -> relation.id() == id))
                .map(relation -> new LocalRelation(inputs, relation, writes))
                .findFirst()
                .orElseThrow(() -> new CharmException("the charm of '" + name() + "' declares no peers"));
    }

    @Override
    public Secrets secrets() {
        return new LocalSecrets(inputs, application(), writes);
    }

    @Override
    public Secrets unitSecrets() {
        return new LocalSecrets(inputs, name().toString(), writes);
    }

    @Override
    public Optional<Map<String, String>> readSecret(String id) {
        return Optional.ofNullable(inputs.secrets().get(id)).map(SecretRecord::content);
    }

    @Override
    public Path directory() {
        return place.directory();
    }

    @Override
    public Path release() {
        return place.release();
    }

    @Override
    public Services services() {
        return place.services();
    }

    @Override
    public void setStatus(UnitStatus status) {
        statuses.status(name(), status);
    }

    @Override
    public void setVersion(String version) {
        statuses.version(name(), version);
    }

    @Override
    public void openPorts(Set<Integer> ports) {
        statuses.ports(name(), ports);
    }

    @Override
    public void log(String message) {
        UnitStatusRegistry.log(name()).info(message);
    }

    @Override
    public void stepEnded(String step, Duration duration, Optional<String> failure) {
        metrics.stepped(name(), failure.isPresent(), duration);
        String time = "%.3f s".formatted(duration.toNanos() / 1e9);
        failure.ifPresentOrElse(
                why -> UnitStatusRegistry.log(name()).warn("{} ({}) failed: {}", step, time, why),
                () -> log(step + " (" + time + ")"));
    }

    @Override
    public void actionLog(String message) {
        log(message);
        progress.accept(message);
    }

    /** The secrets of one owner during one call; reads include the call's pending writes. */
    static final class LocalSecrets implements Secrets {
        private final UnitSnapshot unit;
        private final String owner;
        private final PendingWrites writes;

        LocalSecrets(UnitSnapshot unit, String owner, PendingWrites writes) {
            this.unit = unit;
            this.owner = owner;
            this.writes = writes;
        }

        @Override
        public Optional<Owned> find(String label) {
            return writes.secrets(owner).entrySet().stream()
                    .filter(entry -> entry.getValue().label().equals(label))
                    .map(entry -> new Owned(
                            entry.getKey(),
                            entry.getValue().revision(),
                            entry.getValue().content()))
                    .findFirst();
        }

        @Override
        public String put(String label, Map<String, String> content) {
            requireOwner(label);
            return writes.putSecret(owner, label, content);
        }

        @Override
        public void grant(String id, int relation) {
            requireOwner(id);
            writes.grant(id, relation);
        }

        @Override
        public void remove(String label) {
            requireOwner(label);
            writes.removeSecret(owner, label);
        }

        @Override
        public List<String> labels() {
            return writes.secrets(owner).values().stream()
                    .map(SecretRecord::label)
                    .toList();
        }

        private void requireOwner(String secret) {
            if (!owner.equals(unit.name().toString()) && !unit.leader()) {
                throw new CharmException(
                        "'" + unit.name() + "' cannot write secret '" + secret + "': it is not the leader");
            }
        }
    }

    /** A relation during one call; reads of the own bags include the call's pending writes. */
    static final class LocalRelation implements Relation {
        private final UnitSnapshot unit;
        private final UnitSnapshot.RelationInputs relation;
        private final PendingWrites writes;

        LocalRelation(UnitSnapshot unit, UnitSnapshot.RelationInputs relation, PendingWrites writes) {
            this.unit = unit;
            this.relation = relation;
            this.writes = writes;
        }

        @Override
        public int id() {
            return relation.id();
        }

        @Override
        public String endpoint() {
            return relation.endpoint();
        }

        @Override
        public String remoteApplication() {
            return relation.remoteApplication();
        }

        @Override
        public List<UnitName> remoteUnits() {
            return relation.remoteUnits();
        }

        @Override
        public Map<String, String> remoteApplicationBag() {
            return relation.remoteApplication().equals(unit.name().application())
                    ? applicationBag()
                    : relation.remoteApplicationBag();
        }

        @Override
        public Map<String, String> remoteUnitBag(UnitName name) {
            return relation.remoteUnitBags().getOrDefault(name, Collections.emptyNavigableMap());
        }

        @Override
        public Map<String, String> applicationBag() {
            return writes.bag(relation.id(), unit.name().application());
        }

        @Override
        public Map<String, String> unitBag() {
            return writes.bag(relation.id(), unit.name().toString());
        }

        @Override
        public void publish(Map<String, String> entries) {
            writes.publish(relation.id(), unit.name().toString(), entries);
        }

        @Override
        public void publishForApplication(Map<String, String> entries) {
            if (!unit.leader()) {
                throw new CharmException(
                        "'" + unit.name() + "' cannot write for its application: it is not the leader");
            }
            writes.publish(relation.id(), unit.name().application(), entries);
        }
    }
}
