package io.livepatch.charm.model;

import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** A secret of an application, and the relations whose other side may read it. */
public record SecretEntry(String owner, String label, SortedMap<String, String> content, SortedSet<Integer> grants) {

    public SecretEntry {
        content = Model.frozen(content);
        grants = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(grants));
    }

    SecretEntry withContent(SortedMap<String, String> value) {
        return new SecretEntry(owner, label, value, grants);
    }

    SecretEntry grantedTo(int relation) {
        SortedSet<Integer> all = new TreeSet<>(grants);
        all.add(relation);
        return new SecretEntry(owner, label, content, all);
    }

    @Override
    public String toString() {
        return owner + " " + label;
    }
}
