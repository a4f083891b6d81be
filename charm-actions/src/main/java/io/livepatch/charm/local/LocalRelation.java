package io.livepatch.charm.local;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Relation;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Model;
import io.livepatch.charm.model.PendingWrites;
import io.livepatch.charm.model.RelationRecord;
import io.livepatch.charm.model.UnitSnapshot;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A relation for the length of one call; reads of own bags see what the call itself has written. */
final class LocalRelation implements Relation {
    private final Model model;
    private final UnitSnapshot unit;
    private final UnitSnapshot.RelationInputs relation;
    private final PendingWrites pendingWrites;

    LocalRelation(Model model, UnitSnapshot unit, UnitSnapshot.RelationInputs relation, PendingWrites pendingWrites) {
        this.model = model;
        this.unit = unit;
        this.relation = relation;
        this.pendingWrites = pendingWrites;
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
        return pendingWrites.bag(relation.id(), owner).orElseGet(() -> {
            RelationRecord entry = model.relations().get(relation.id());
            return entry == null ? Collections.emptyNavigableMap() : entry.bag(owner);
        });
    }

    @Override
    public void publish(Map<String, String> bag) {
        pendingWrites.bag(relation.id(), unit.name().toString(), bag);
    }

    @Override
    public void publishForApplication(Map<String, String> bag) {
        if (!unit.leader()) {
            throw new CharmException("'" + unit.name() + "' cannot write for its application: it is not the leader");
        }
        pendingWrites.bag(relation.id(), unit.name().application(), bag);
    }
}
