package io.livepatch.charm.model;

import io.livepatch.charm.model.Model.RelationRecord;
import io.livepatch.charm.model.Model.SecretRecord;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The writes of a unit during one call, applied to the model together when the call succeeds. Used by one thread.
 */
public final class PendingWrites {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String application;
    private final Map<Integer, NavigableMap<String, NavigableMap<String, String>>> bags = new TreeMap<>();
    private final NavigableMap<String, SecretRecord> secrets;
    private boolean secretsTouched;

    public PendingWrites(Model model, String application) {
        this.application = application;
        this.secrets = new TreeMap<>(model.secrets());
        secrets.values().removeIf(secret -> !secret.owner().equals(application));
    }

    public void bag(int relation, String owner, Map<String, String> bag) {
        bags.computeIfAbsent(relation, _ -> new TreeMap<>()).put(owner, new TreeMap<>(bag));
    }

    /** The pending content of a bag; empty if nothing was written. */
    public Optional<NavigableMap<String, String>> bag(int relation, String owner) {
        return Optional.ofNullable(bags.get(relation)).map(it -> it.get(owner));
    }

    /** The application's secrets after the writes, by id. */
    public Map<String, SecretRecord> secrets() {
        return new LinkedHashMap<>(secrets);
    }

    public Optional<String> secretId(String label) {
        return secrets.entrySet().stream()
                .filter(entry -> entry.getValue().label().equals(label))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    public String putSecret(String label, Map<String, String> content) {
        String id = secretId(label).orElseGet(PendingWrites::newId);
        SecretRecord old = secrets.get(id);
        NavigableMap<String, String> sorted = new TreeMap<>(content);
        secrets.put(
                id,
                old == null ? new SecretRecord(application, label, sorted, new TreeSet<>()) : old.withContent(sorted));
        secretsTouched = true;
        return id;
    }

    public void grant(String id, int relation) {
        secrets.computeIfPresent(id, (_, secret) -> secret.grantedTo(relation));
        secretsTouched = true;
    }

    public void removeSecret(String label) {
        secretId(label).ifPresent(secrets::remove);
        secretsTouched = true;
    }

    /** The model with the writes; those to a removed relation are dropped. */
    public Model applyTo(Model model) {
        Model changed = model;
        for (Map.Entry<Integer, NavigableMap<String, NavigableMap<String, String>>> entry : bags.entrySet()) {
            RelationRecord relation = changed.relations().get(entry.getKey());
            if (relation != null) {
                for (Map.Entry<String, NavigableMap<String, String>> bag :
                        entry.getValue().entrySet()) {
                    relation = relation.withBag(bag.getKey(), bag.getValue());
                }
                changed = changed.withRelation(entry.getKey(), relation);
            }
        }
        if (secretsTouched && changed.application(application).isPresent()) {
            NavigableMap<String, SecretRecord> all = new TreeMap<>(changed.secrets());
            all.values().removeIf(secret -> secret.owner().equals(application));
            all.putAll(secrets);
            changed = changed.withSecrets(all);
        }
        return changed;
    }

    private static String newId() {
        byte[] bytes = new byte[10];
        RANDOM.nextBytes(bytes);
        return "secret:" + HexFormat.of().formatHex(bytes);
    }
}
