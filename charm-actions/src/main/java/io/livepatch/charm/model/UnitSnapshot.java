package io.livepatch.charm.model;

import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Model.RelationRecord;
import io.livepatch.charm.model.Model.SecretRecord;
import java.util.ArrayList;
import java.util.Collections;
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
        boolean leaving,
        String address,
        String release,
        Map<String, String> config,
        List<RelationInputs> relations,
        NavigableMap<String, SecretRecord> secrets) {

    /** One relation, seen from one side; in a peer relation the other side are the other units. */
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
            if (relation.involves(name.application())) {
                relations.add(relation(model, id, relation, name));
            }
        });
        return new UnitSnapshot(
                name,
                model.aliveUnits(name.application()),
                model.leader(name.application()).filter(name::equals).isPresent(),
                model.unit(name).orElseThrow().leavingSince().isPresent(),
                model.unit(name).orElseThrow().address(),
                model.unit(name).orElseThrow().revision().release(),
                app.config(),
                relations,
                readable(model, name));
    }

    private static RelationInputs relation(Model model, int id, RelationRecord relation, UnitName name) {
        boolean provider = relation.provider().application().equals(name.application());
        RelationRecord.Side own = provider ? relation.provider() : relation.requirer();
        RelationRecord.Side remote = provider ? relation.requirer() : relation.provider();
        NavigableMap<UnitName, NavigableMap<String, String>> bags = new TreeMap<>();
        model.application(remote.application()).stream()
                .flatMap(app -> app.units().keySet().stream())
                .map(number -> new UnitName(remote.application(), number))
                .filter(unit -> !unit.equals(name))
                .forEach(unit -> bags.put(unit, relation.bag(unit.toString())));
        return new RelationInputs(
                id,
                own.endpoint(),
                remote.application(),
                List.copyOf(bags.keySet()),
                // What a leader writes for its own application is no input of its own.
                relation.peers()
                                && model.leader(name.application())
                                        .filter(name::equals)
                                        .isPresent()
                        ? Collections.emptyNavigableMap()
                        : relation.bag(remote.application()),
                bags);
    }

    private static NavigableMap<String, SecretRecord> readable(Model model, UnitName name) {
        NavigableMap<String, SecretRecord> readable = new TreeMap<>(model.secrets());
        readable.values().removeIf(secret -> !readable(model, name, secret));
        return readable;
    }

    private static boolean readable(Model model, UnitName name, SecretRecord secret) {
        return secret.ownerApplication().equals(name.application())
                ? secret.owner().equals(name.application()) || secret.owner().equals(name.toString())
                : secret.grants().stream()
                        .map(model.relations()::get)
                        .anyMatch(relation -> relation != null && relation.involves(name.application()));
    }

    /** Without config values and secrets. */
    @Override
    public String toString() {
        return "inputs of " + name;
    }
}
