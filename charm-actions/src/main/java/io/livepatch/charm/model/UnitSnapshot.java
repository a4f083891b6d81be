package io.livepatch.charm.model;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Model.RelationRecord;
import io.livepatch.charm.model.Model.SecretRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The inputs of a unit's charm from the model. The charm is called again when they differ from those of its last call. The unit's
 * own bags are not part of them, as in Juju.
 */
public record UnitSnapshot(
        UnitName name,
        List<UnitName> plannedUnits,
        boolean leader,
        String address,
        Map<String, String> config,
        List<RelationInputs> relations,
        NavigableMap<String, SecretRecord> secrets) {

    /** One relation, seen from one side. */
    public record RelationInputs(
            int id,
            String endpoint,
            String remoteApplication,
            List<UnitName> remoteUnits,
            NavigableMap<String, String> remoteApplicationBag,
            NavigableMap<UnitName, NavigableMap<String, String>> remoteUnitBags) {}

    /**
     * The inputs of this unit.
     *
     * @throws java.util.NoSuchElementException if the unit is not in the model
     */
    public static UnitSnapshot of(Model model, UnitName name) {
        Application app = model.application(name.application()).orElseThrow();
        List<RelationInputs> relations = new ArrayList<>();
        model.relations().forEach((id, relation) -> {
            if (relation.involves(name.application()) && model.alive(relation)) {
                relations.add(relation(model, id, relation, name));
            }
        });
        return new UnitSnapshot(
                name,
                model.aliveUnits(name.application()),
                model.leader(name.application()).filter(name::equals).isPresent(),
                model.unit(name).orElseThrow().address(),
                app.config(),
                relations,
                readable(model, name.application()));
    }

    private static RelationInputs relation(Model model, int id, RelationRecord relation, UnitName name) {
        boolean provider = relation.provider().application().equals(name.application());
        RelationRecord.Side own = provider ? relation.provider() : relation.requirer();
        RelationRecord.Side remote = provider ? relation.requirer() : relation.provider();
        NavigableMap<UnitName, NavigableMap<String, String>> bags = new TreeMap<>();
        model.application(remote.application()).stream()
                .flatMap(app -> app.units().keySet().stream())
                .map(number -> new UnitName(remote.application(), number))
                .forEach(unit -> bags.put(unit, relation.bag(unit.toString())));
        return new RelationInputs(
                id,
                own.endpoint(),
                remote.application(),
                List.copyOf(bags.keySet()),
                relation.bag(remote.application()),
                bags);
    }

    private static NavigableMap<String, SecretRecord> readable(Model model, String application) {
        NavigableMap<String, SecretRecord> readable = new TreeMap<>(model.secrets());
        readable.values()
                .removeIf(secret -> !secret.owner().equals(application)
                        && secret.grants().stream()
                                .map(model.relations()::get)
                                .noneMatch(relation -> relation != null && relation.involves(application)));
        return readable;
    }

    /** Without config values and secrets. */
    @Override
    public String toString() {
        return "inputs of " + name;
    }
}
