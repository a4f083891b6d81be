package io.livepatch.charm.api;

import java.util.Map;
import java.util.Optional;

/** Secrets of this application, and those that others granted to it. Their content never appears in a relation's bag. */
public interface Secrets {

    /** The content of a secret that this unit may read, by an id that another application published; empty until granted. */
    Optional<Map<String, String>> read(String id);

    /** A secret of this application by its label. */
    Optional<Owned> find(String label);

    /**
     * Makes the secret with this label hold this, whether it exists or not, and answers its id.
     *
     * @throws CharmException when this unit is not the leader
     */
    String put(String label, Map<String, String> content);

    /** Lets the other side of a relation read it. */
    void grant(String id, int relation);

    /** Deletes it; silent when there is none. */
    void remove(String label);

    /** The labels of all secrets of this application. */
    Iterable<String> labels();

    /** One's own secret. */
    record Owned(String id, Map<String, String> content) {
        public Owned {
            content = Map.copyOf(content);
        }

        @Override
        public String toString() {
            return id;
        }
    }
}
