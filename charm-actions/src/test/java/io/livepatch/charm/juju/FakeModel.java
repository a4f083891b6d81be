package io.livepatch.charm.juju;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a controller of Juju knows about a model. Not thread-safe. */
final class FakeModel {
    final NavigableMap<String, ApplicationData> applications = new TreeMap<>();
    final NavigableMap<Integer, RelationData> relations = new TreeMap<>();
    final NavigableMap<String, SecretData> secrets = new TreeMap<>();
    int lastId;

    FakeModel copy() {
        FakeModel copy = new FakeModel();
        applications.forEach((name, application) -> copy.applications.put(name, application.copy()));
        relations.forEach((id, relation) -> copy.relations.put(id, relation.copy()));
        secrets.forEach((id, secret) -> copy.secrets.put(id, secret.copy()));
        copy.lastId = lastId;
        return copy;
    }

    static String applicationOf(String member) {
        int slash = member.indexOf('/');
        return slash < 0 ? member : member.substring(0, slash);
    }

    ApplicationData application(String member) {
        return applications.get(applicationOf(member));
    }

    UnitData unit(String name) {
        return application(name).units.get(name);
    }

    boolean leader(String unit) {
        return application(unit).leader.equals(unit);
    }

    Optional<SecretData> secret(String owner, String label) {
        return secrets.values().stream()
                .filter(secret -> secret.owner.equals(owner) && secret.label.equals(label))
                .findFirst();
    }

    /** An application and what is set for it. */
    static final class ApplicationData {
        final String charm;
        final Map<String, Object> config = new TreeMap<>();
        final NavigableMap<String, UnitData> units = new TreeMap<>();
        String leader = "";

        ApplicationData(String charm) {
            this.charm = charm;
        }

        private ApplicationData copy() {
            ApplicationData copy = new ApplicationData(charm);
            copy.config.putAll(config);
            units.forEach((name, unit) -> copy.units.put(name, unit.copy()));
            copy.leader = leader;
            return copy;
        }
    }

    /** A unit as the controller knows it. */
    static final class UnitData {
        String address;
        boolean dying;
        String status = "waiting: installing agent";
        String version = "";
        final NavigableSet<String> ports = new TreeSet<>();
        final NavigableMap<String, String> state = new TreeMap<>();
        /** The units that it was told of, by relation; a relation that it was not told of is no key. */
        final NavigableMap<Integer, NavigableSet<String>> members = new TreeMap<>();

        UnitData(String address) {
            this.address = address;
        }

        private UnitData copy() {
            UnitData copy = new UnitData(address);
            copy.dying = dying;
            copy.status = status;
            copy.version = version;
            copy.ports.addAll(ports);
            copy.state.putAll(state);
            members.forEach((id, units) -> copy.members.put(id, new TreeSet<>(units)));
            return copy;
        }
    }

    /** One end of a relation. */
    record End(String application, String endpoint) {}

    /** A relation: two ends, or one between peers; a bag for each unit and application. */
    static final class RelationData {
        final List<End> ends;
        final NavigableMap<String, NavigableMap<String, String>> bags = new TreeMap<>();

        RelationData(List<End> ends) {
            this.ends = List.copyOf(ends);
        }

        boolean peers() {
            return ends.size() == 1;
        }

        Optional<End> end(String member) {
            return ends.stream()
                    .filter(end -> end.application().equals(applicationOf(member)))
                    .findFirst();
        }

        /** The application on the other side. */
        String remote(String member) {
            return ends.stream()
                    .map(End::application)
                    .filter(application -> !application.equals(applicationOf(member)))
                    .findFirst()
                    .orElse(applicationOf(member));
        }

        NavigableMap<String, String> bag(String member) {
            return bags.computeIfAbsent(member, _ -> new TreeMap<>());
        }

        private RelationData copy() {
            RelationData copy = new RelationData(ends);
            bags.forEach((member, bag) -> copy.bags.put(member, new TreeMap<>(bag)));
            return copy;
        }
    }

    /** A secret: a content for each revision, the relations that it is granted to, and the revision of each reader. */
    static final class SecretData {
        final String id;
        final String owner;
        final String label;
        final NavigableMap<Integer, Map<String, String>> contents = new TreeMap<>();
        final NavigableSet<Integer> grants = new TreeSet<>();
        final NavigableMap<String, Integer> tracked = new TreeMap<>();

        SecretData(String id, String owner, String label) {
            this.id = id;
            this.owner = owner;
            this.label = label;
        }

        void add(Map<String, String> content) {
            if (contents.isEmpty() || !contents.lastEntry().getValue().equals(content)) {
                contents.put(contents.isEmpty() ? 1 : contents.lastKey() + 1, Map.copyOf(content));
            }
        }

        private SecretData copy() {
            SecretData copy = new SecretData(id, owner, label);
            copy.contents.putAll(contents);
            copy.grants.addAll(grants);
            copy.tracked.putAll(tracked);
            return copy;
        }
    }

    /** Bags and secrets, for the question whether anything changed. */
    String shared() {
        List<String> all = new ArrayList<>();
        relations.forEach((id, relation) -> all.add(id + " " + relation.bags));
        secrets.forEach((id, secret) -> all.add(id + " " + secret.contents + " " + secret.grants));
        return String.join("\n", all);
    }
}
