package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.UnitName;
import io.livepatch.charm.model.ActionHistory.ActionRecord;
import io.livepatch.charm.model.Application.UnitRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The whole model: applications with their units, relations with their bags, secrets, and action results. Contains secrets: never
 * print it as a whole.
 *
 * @param subnet the first three numbers of the addresses that units get
 * @param nextId the number of the next relation or action; numbers are not reused
 */
public record Model(
        String subnet,
        NavigableMap<String, Application> applications,
        NavigableMap<Integer, RelationRecord> relations,
        NavigableMap<String, SecretRecord> secrets,
        NavigableMap<Integer, ActionRecord> actions,
        int nextId) {

    /** The first three numbers of units' addresses, unless {@code LIVEPATCH_SUBNET} is set. */
    public static final String DEFAULT_SUBNET = "127.0.10";

    public Model {
        AddressAllocator.check(subnet);
        applications = frozen(applications);
        relations = frozen(relations);
        secrets = frozen(secrets);
        actions = frozen(actions);
    }

    public static Model empty(String subnet) {
        return new Model(subnet, new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 1);
    }

    public boolean isEmpty() {
        return applications.isEmpty();
    }

    public Optional<Application> application(String name) {
        return Optional.ofNullable(applications.get(name));
    }

    public Optional<UnitRecord> unit(UnitName name) {
        return application(name.application()).map(app -> app.units().get(name.number()));
    }

    /** The ids of the releases that units run from or are being moved to. */
    public Set<String> releases() {
        Set<String> ids = new TreeSet<>();
        applications.values().forEach(app -> {
            ids.add(app.revision().release());
            app.units().values().forEach(unit -> ids.add(unit.revision().release()));
        });
        return ids;
    }

    /** Whether a unit has the revision of its application. */
    public boolean refreshed(UnitName name) {
        return unit(name)
                .map(UnitRecord::revision)
                .equals(application(name.application()).map(Application::revision));
    }

    /** All units, the dying ones too, by name. */
    public List<UnitName> units() {
        List<UnitName> names = new ArrayList<>();
        applications.forEach((app, entry) -> entry.units().keySet().forEach(n -> names.add(new UnitName(app, n))));
        return names;
    }

    /** The units of an application that are not dying, by number. */
    public List<UnitName> aliveUnits(String application) {
        return application(application).stream()
                .flatMap(app -> app.units().entrySet().stream())
                .filter(unit -> !unit.getValue().dying())
                .map(unit -> new UnitName(application, unit.getKey()))
                .toList();
    }

    /** The unit that may write for its application: the oldest that is not dying, or the oldest if all are. */
    public Optional<UnitName> leader(String application) {
        return aliveUnits(application).stream()
                .findFirst()
                .or(() -> units().stream()
                        .filter(unit -> unit.application().equals(application))
                        .findFirst());
    }

    /** The peer relation of an application; empty before {@link ModelChange.AddPeers}, and if its charm has none. */
    public Optional<Integer> peers(String application) {
        return relations.entrySet().stream()
                .filter(relation ->
                        relation.getValue().peers() && relation.getValue().involves(application))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Whether neither application of a relation is dying. */
    public boolean alive(RelationRecord relation) {
        return List.of(relation.provider(), relation.requirer()).stream()
                .allMatch(side -> application(side.application())
                        .filter(app -> !app.dying())
                        .isPresent());
    }

    Model withSubnet(String value) {
        return new Model(value, applications, relations, secrets, actions, nextId);
    }

    Model withApplication(String name, Application application) {
        return new Model(subnet, with(applications, name, application), relations, secrets, actions, nextId);
    }

    Model withoutApplication(String name) {
        NavigableMap<Integer, RelationRecord> kept = new TreeMap<>(relations);
        kept.values().removeIf(relation -> relation.involves(name));
        NavigableMap<String, SecretRecord> secretsKept = new TreeMap<>(secrets);
        secretsKept.values().removeIf(secret -> secret.ownerApplication().equals(name));
        NavigableMap<Integer, ActionRecord> actionsKept = new TreeMap<>(actions);
        actionsKept.values().removeIf(action -> action.unit().startsWith(name + "/"));
        NavigableMap<String, Application> apps = new TreeMap<>(applications);
        apps.remove(name);
        return new Model(subnet, apps, kept, secretsKept, actionsKept, nextId);
    }

    Model withRelation(int id, RelationRecord relation) {
        return new Model(
                subnet, applications, with(relations, id, relation), secrets, actions, Math.max(nextId, id + 1));
    }

    /** With the peer relation that this charm has; the same if it is there. */
    Model withPeers(String application, CharmMetadata metadata) {
        return metadata.peers()
                .filter(_ -> peers(application).isEmpty())
                .map(endpoint -> {
                    RelationRecord.Side side = new RelationRecord.Side(application, endpoint.name());
                    return withRelation(nextId, new RelationRecord(endpoint.protocol(), side, side, new TreeMap<>()));
                })
                .orElse(this);
    }

    Model withoutSecretsOf(String owner) {
        NavigableMap<String, SecretRecord> kept = new TreeMap<>(secrets);
        kept.values().removeIf(secret -> secret.owner().equals(owner));
        return withSecrets(kept);
    }

    Model withSecrets(NavigableMap<String, SecretRecord> value) {
        return new Model(subnet, applications, relations, value, actions, nextId);
    }

    Model withActions(NavigableMap<Integer, ActionRecord> value, int next) {
        return new Model(subnet, applications, relations, secrets, value, next);
    }

    static <K, V> NavigableMap<K, V> with(NavigableMap<K, V> map, K key, V value) {
        NavigableMap<K, V> copy = new TreeMap<>(map);
        copy.put(key, value);
        return copy;
    }

    static <K, V> NavigableMap<K, V> frozen(NavigableMap<K, V> map) {
        return Collections.unmodifiableNavigableMap(new TreeMap<>(map));
    }

    @Override
    public String toString() {
        return "model of " + units();
    }

    /**
     * A secret, and the relations whose other side may read it.
     *
     * @param owner an application, whose units all read it, or a unit ({@code livepatch/0})
     * @param revision counts the contents that it has had; 0 if an earlier release wrote it
     */
    public record SecretRecord(
            String owner,
            String label,
            NavigableMap<String, String> content,
            NavigableSet<Integer> grants,
            int revision) {

        public SecretRecord {
            content = Model.frozen(content);
            grants = java.util.Collections.unmodifiableNavigableSet(new TreeSet<>(grants));
        }

        static SecretRecord first(String owner, String label, NavigableMap<String, String> content) {
            return new SecretRecord(owner, label, content, new TreeSet<>(), 1);
        }

        public String ownerApplication() {
            int slash = owner.indexOf('/');
            return slash < 0 ? owner : owner.substring(0, slash);
        }

        SecretRecord withContent(NavigableMap<String, String> value) {
            return value.equals(content) ? this : new SecretRecord(owner, label, value, grants, revision + 1);
        }

        SecretRecord grantedTo(int relation) {
            NavigableSet<Integer> all = new TreeSet<>(grants);
            all.add(relation);
            return new SecretRecord(owner, label, content, all, revision);
        }

        @Override
        public String toString() {
            return owner + " " + label;
        }
    }

    /**
     * One relation.
     *
     * @param bags the published values of each unit ({@code livepatch/0}) and application ({@code livepatch})
     */
    public record RelationRecord(
            String protocol, Side provider, Side requirer, NavigableMap<String, NavigableMap<String, String>> bags) {

        public RelationRecord {
            NavigableMap<String, NavigableMap<String, String>> copy = new TreeMap<>();
            bags.forEach((owner, bag) -> copy.put(owner, Collections.unmodifiableNavigableMap(new TreeMap<>(bag))));
            bags = Collections.unmodifiableNavigableMap(copy);
        }

        /** One end: an endpoint of an application. */
        public record Side(String application, String endpoint) {
            @Override
            public String toString() {
                return application + ":" + endpoint;
            }
        }

        public boolean involves(String application) {
            return provider.application().equals(application)
                    || requirer.application().equals(application);
        }

        /** Whether it relates the units of one application with each other. */
        public boolean peers() {
            return provider.equals(requirer);
        }

        public NavigableMap<String, String> bag(String owner) {
            NavigableMap<String, String> bag = bags.get(owner);
            return bag == null ? Collections.emptyNavigableMap() : bag;
        }

        RelationRecord withBag(String owner, NavigableMap<String, String> bag) {
            return new RelationRecord(protocol, provider, requirer, Model.with(bags, owner, bag));
        }

        RelationRecord withoutBag(String owner) {
            NavigableMap<String, NavigableMap<String, String>> left = new TreeMap<>(bags);
            left.remove(owner);
            return new RelationRecord(protocol, provider, requirer, left);
        }

        @Override
        public String toString() {
            return peers() ? provider + " (peers)" : requirer + " " + provider;
        }
    }
}
