package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.Model.RelationRecord;
import io.livepatch.charm.model.Model.SecretRecord;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The writes of a unit during one call, applied to the model together when the call succeeds. Each write names what it changes: one
 * entry of a bag, or one secret. So writes of calls at the same time, such as those of an action, are all kept. Used by one thread.
 */
public final class PendingWrites {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final UnitName unit;
    private final Model before;
    /** By relation, then owner; an empty value removes the entry. */
    private final NavigableMap<Integer, NavigableMap<String, NavigableMap<String, String>>> bags = new TreeMap<>();

    private final List<SecretWrite> secretWrites = new ArrayList<>();
    private boolean forApplication;

    /** A change of one secret. */
    private sealed interface SecretWrite {
        record Put(String id, String owner, String label, NavigableMap<String, String> content)
                implements SecretWrite {}

        record Grant(String id, int relation) implements SecretWrite {}

        record Remove(String id) implements SecretWrite {}
    }

    /**
     * No writes yet.
     *
     * @param before the model that the call reads
     */
    public PendingWrites(Model before, UnitName unit) {
        this.before = before;
        this.unit = unit;
    }

    /** Sets these entries of a bag of the unit or its application. */
    public void publish(int relation, String owner, Map<String, String> entries) {
        forApplication |= !owner.equals(unit.toString());
        bags.computeIfAbsent(relation, _ -> new TreeMap<>())
                .computeIfAbsent(owner, _ -> new TreeMap<>())
                .putAll(entries);
    }

    /** The bag with the writes. */
    public NavigableMap<String, String> bag(int relation, String owner) {
        RelationRecord record = before.relations().get(relation);
        return Relation.published(record == null ? new TreeMap<>() : record.bag(owner), written(relation, owner));
    }

    private NavigableMap<String, String> written(int relation, String owner) {
        return bags.getOrDefault(relation, new TreeMap<>()).getOrDefault(owner, new TreeMap<>());
    }

    /** The secrets of an owner with the writes, by id. */
    public NavigableMap<String, SecretRecord> secrets(String owner) {
        NavigableMap<String, SecretRecord> all = withSecretWrites(before.secrets());
        all.values().removeIf(secret -> !secret.owner().equals(owner));
        return all;
    }

    public String putSecret(String owner, String label, Map<String, String> content) {
        forApplication |= !owner.equals(unit.toString());
        String id = secretId(owner, label).orElseGet(PendingWrites::newId);
        secretWrites.add(new SecretWrite.Put(id, owner, label, new TreeMap<>(content)));
        return id;
    }

    public void grant(String id, int relation) {
        SecretRecord secret = withSecretWrites(before.secrets()).get(id);
        forApplication |= secret != null && !secret.owner().equals(unit.toString());
        secretWrites.add(new SecretWrite.Grant(id, relation));
    }

    public void removeSecret(String owner, String label) {
        forApplication |= !owner.equals(unit.toString());
        secretId(owner, label).ifPresent(id -> secretWrites.add(new SecretWrite.Remove(id)));
    }

    private Optional<String> secretId(String owner, String label) {
        return idOf(secrets(owner), owner, label);
    }

    private static Optional<String> idOf(NavigableMap<String, SecretRecord> secrets, String owner, String label) {
        return secrets.entrySet().stream()
                .filter(entry -> entry.getValue().owner().equals(owner)
                        && entry.getValue().label().equals(label))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /**
     * The model with the writes; those of a removed unit and to a removed relation are dropped.
     *
     * @throws CharmException if there are writes for the application and another unit has become its leader
     */
    public Model applyTo(Model model) {
        if (model.unit(unit).isEmpty()) {
            return model;
        }
        if (forApplication
                && model.leader(unit.application()).filter(unit::equals).isEmpty()) {
            throw new CharmException(
                    "'" + unit + "' is no longer the leader of its application; its writes are dropped");
        }
        Model changed = model;
        for (Map.Entry<Integer, NavigableMap<String, NavigableMap<String, String>>> entry : bags.entrySet()) {
            RelationRecord relation = changed.relations().get(entry.getKey());
            if (relation != null) {
                for (String owner : entry.getValue().keySet()) {
                    relation = relation.withBag(
                            owner, Relation.published(relation.bag(owner), written(entry.getKey(), owner)));
                }
                changed = changed.withRelation(entry.getKey(), relation);
            }
        }
        return secretWrites.isEmpty() ? changed : changed.withSecrets(withSecretWrites(changed.secrets()));
    }

    private NavigableMap<String, SecretRecord> withSecretWrites(NavigableMap<String, SecretRecord> secrets) {
        NavigableMap<String, SecretRecord> all = new TreeMap<>(secrets);
        // Another call may have created a secret of the same label since this one began.
        Map<String, String> existing = new HashMap<>();
        for (SecretWrite write : secretWrites) {
            switch (write) {
                case SecretWrite.Put(var id, var owner, var label, var content) -> {
                    String target = idOf(all, owner, label).orElse(id);
                    existing.put(id, target);
                    all.merge(target, SecretRecord.first(owner, label, content), (old, _) -> old.withContent(content));
                }
                case SecretWrite.Grant(var id, var relation) ->
                    all.computeIfPresent(existing.getOrDefault(id, id), (_, secret) -> secret.grantedTo(relation));
                case SecretWrite.Remove(var id) -> all.remove(existing.getOrDefault(id, id));
            }
        }
        return all;
    }

    private static String newId() {
        byte[] bytes = new byte[10];
        RANDOM.nextBytes(bytes);
        return "secret:" + HexFormat.of().formatHex(bytes);
    }
}
