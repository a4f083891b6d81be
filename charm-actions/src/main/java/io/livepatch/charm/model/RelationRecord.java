package io.livepatch.charm.model;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * One relation.
 *
 * @param bags what each unit ({@code livepatch/0}) and application ({@code livepatch}) has published
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
        return requirer + " " + provider;
    }
}
