package io.livepatch.charm.model;

import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeSet;

/** A secret of an application, and the relations whose other side may read it. */
public record SecretEntry(
        String owner, String label, NavigableMap<String, String> content, NavigableSet<Integer> grants) {

    public SecretEntry {
        content = Model.frozen(content);
        grants = java.util.Collections.unmodifiableNavigableSet(new TreeSet<>(grants));
    }

    SecretEntry withContent(NavigableMap<String, String> value) {
        return new SecretEntry(owner, label, value, grants);
    }

    SecretEntry grantedTo(int relation) {
        NavigableSet<Integer> all = new TreeSet<>(grants);
        all.add(relation);
        return new SecretEntry(owner, label, content, all);
    }

    @Override
    public String toString() {
        return owner + " " + label;
    }
}
