package io.livepatch.charm.model;

import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeSet;

/** A secret of an application, and the relations whose other side may read it. */
public record SecretRecord(
        String owner, String label, NavigableMap<String, String> content, NavigableSet<Integer> grants) {

    public SecretRecord {
        content = Model.frozen(content);
        grants = java.util.Collections.unmodifiableNavigableSet(new TreeSet<>(grants));
    }

    SecretRecord withContent(NavigableMap<String, String> value) {
        return new SecretRecord(owner, label, value, grants);
    }

    SecretRecord grantedTo(int relation) {
        NavigableSet<Integer> all = new TreeSet<>(grants);
        all.add(relation);
        return new SecretRecord(owner, label, content, all);
    }

    @Override
    public String toString() {
        return owner + " " + label;
    }
}
