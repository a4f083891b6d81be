package io.livepatch.charm.local;

import io.livepatch.charm.api.Config;
import io.livepatch.charm.api.Relation;
import io.livepatch.charm.api.Secrets;
import io.livepatch.charm.api.Services;
import io.livepatch.charm.api.Unit;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.api.UnitStatus;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.PendingWrites;
import io.livepatch.charm.model.UnitSnapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A unit for the length of one call: the model as it was when the call began, and what the call writes. */
final class LocalUnit implements Unit {
    private final Model model;
    private final UnitSnapshot inputs;
    private final Config config;
    private final PendingWrites pendingWrites;
    private final Place place;
    private final UnitStatusRegistry board;
    private final Consumer<String> progress;

    /** What a unit has outside the model. */
    record Place(Path directory, Path programs, Services services) {}

    LocalUnit(
            Model model,
            UnitSnapshot inputs,
            Config config,
            Place place,
            UnitStatusRegistry board,
            Consumer<String> progress) {
        this.model = model;
        this.inputs = inputs;
        this.config = config;
        this.pendingWrites = new PendingWrites(model, inputs.name().application());
        this.place = place;
        this.board = board;
        this.progress = progress;
    }

    PendingWrites writes() {
        return pendingWrites;
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
    public Config config() {
        return config;
    }

    @Override
    public List<Relation> relations(String endpoint) {
        return inputs.relations().stream()
                .filter(relation -> relation.endpoint().equals(endpoint))
                .<Relation>map(relation -> new LocalRelation(model, inputs, relation, pendingWrites))
                .toList();
    }

    @Override
    public Secrets secrets() {
        return new LocalSecrets(inputs, pendingWrites);
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
        board.status(name(), status);
    }

    @Override
    public void setVersion(String version) {
        board.version(name(), version);
    }

    @Override
    public void openPorts(Set<Integer> ports) {
        board.ports(name(), ports);
    }

    @Override
    public void log(String message) {
        UnitLog.of(name()).info(message);
    }

    @Override
    public void actionLog(String message) {
        log(message);
        progress.accept(message);
    }
}
