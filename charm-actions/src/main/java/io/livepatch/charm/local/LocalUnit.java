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
import io.livepatch.charm.model.Model.RelationRecord;
import io.livepatch.charm.model.Model.SecretRecord;
import io.livepatch.charm.model.PendingWrites;
import io.livepatch.charm.model.UnitSnapshot;
import java.nio.file.Path;
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
    private final Consumer<String> progress;

    /** The parts of a unit that are not in the model. */
    record Place(Path directory, Path programs, Services services) {}

    LocalUnit(
            Model model,
            UnitSnapshot inputs,
            CharmConfig config,
            Place place,
            UnitStatusRegistry statuses,
            Consumer<String> progress) {
        this.model = model;
        this.inputs = inputs;
        this.config = config;
        this.writes = new PendingWrites(model, inputs.name().application());
        this.place = place;
        this.statuses = statuses;
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
                .<Relation>map(relation -> new LocalRelation(model, inputs, relation, writes))
                .toList();
    }

    @Override
    public Secrets secrets() {
        return new LocalSecrets(inputs, writes);
    }

    @Override
    public Path directory() {
        return place.directory();
    }

    @Override
    public Path program(String name) {
        return place.programs().resolve(name);
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
    public void actionLog(String message) {
        log(message);
        progress.accept(message);
    }

    /** The secrets during one call. */
    static final class LocalSecrets implements Secrets {
        private final UnitSnapshot unit;
        private final PendingWrites writes;

        LocalSecrets(UnitSnapshot unit, PendingWrites writes) {
            this.unit = unit;
            this.writes = writes;
        }

        @Override
        public Optional<Map<String, String>> read(String id) {
            SecretRecord secret = unit.secrets().get(id);
            return secret == null ? Optional.empty() : Optional.of(secret.content());
        }

        @Override
        public Optional<Owned> find(String label) {
            return writes.secretId(label)
                    .flatMap(id -> Optional.ofNullable(writes.secrets().get(id))
                            .map(secret -> new Owned(id, secret.content())));
        }

        @Override
        public String put(String label, Map<String, String> content) {
            requireLeader(label);
            return writes.putSecret(label, content);
        }

        @Override
        public void grant(String id, int relation) {
            requireLeader(id);
            writes.grant(id, relation);
        }

        @Override
        public void remove(String label) {
            requireLeader(label);
            writes.removeSecret(label);
        }

        @Override
        public List<String> labels() {
            return writes.secrets().values().stream().map(SecretRecord::label).toList();
        }

        private void requireLeader(String secret) {
            if (!unit.leader()) {
                throw new CharmException(
                        "'" + unit.name() + "' cannot write secret '" + secret + "': it is not the leader");
            }
        }
    }

    /** A relation during one call; reads of the own bags include the call's pending writes. */
    static final class LocalRelation implements Relation {
        private final Model model;
        private final UnitSnapshot unit;
        private final UnitSnapshot.RelationInputs relation;
        private final PendingWrites writes;

        LocalRelation(Model model, UnitSnapshot unit, UnitSnapshot.RelationInputs relation, PendingWrites writes) {
            this.model = model;
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
            return relation.remoteApplicationBag();
        }

        @Override
        public Map<String, String> remoteUnitBag(UnitName name) {
            return relation.remoteUnitBags().getOrDefault(name, Collections.emptyNavigableMap());
        }

        @Override
        public Map<String, String> applicationBag() {
            return own(unit.name().application());
        }

        @Override
        public Map<String, String> unitBag() {
            return own(unit.name().toString());
        }

        private Map<String, String> own(String owner) {
            return writes.bag(relation.id(), owner).orElseGet(() -> {
                RelationRecord entry = model.relations().get(relation.id());
                return entry == null ? Collections.emptyNavigableMap() : entry.bag(owner);
            });
        }

        @Override
        public void publish(Map<String, String> bag) {
            writes.bag(relation.id(), unit.name().toString(), bag);
        }

        @Override
        public void publishForApplication(Map<String, String> bag) {
            if (!unit.leader()) {
                throw new CharmException(
                        "'" + unit.name() + "' cannot write for its application: it is not the leader");
            }
            writes.bag(relation.id(), unit.name().application(), bag);
        }
    }
}
