package io.livepatch.charm.model;

import io.livepatch.charm.model.Model.RelationRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The dependencies between applications: one is started before and stopped after those that require it. */
public final class ApplicationGraph {
    private final Model model;

    public ApplicationGraph(Model model) {
        this.model = model;
    }

    /** All applications, providers before those that require them. */
    public List<String> startOrder() {
        return model.applications().keySet().stream()
                .sorted(Comparator.<String>comparingInt(app -> depth(app, new HashSet<>()))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /** Applications that require something of this one. */
    public List<String> requirersOf(String application) {
        List<String> requirers = new ArrayList<>();
        for (RelationRecord relation : model.relations().values()) {
            if (relation.provider().application().equals(application)
                    && !relation.requirer().application().equals(application)) {
                requirers.add(relation.requirer().application());
            }
        }
        return requirers;
    }

    private int depth(String application, Set<String> path) {
        // A cycle has no order; it is cut where it closes.
        if (!path.add(application)) {
            return 0;
        }
        int depth = 0;
        for (RelationRecord relation : model.relations().values()) {
            if (relation.requirer().application().equals(application) && !relation.peers()) {
                depth = Math.max(depth, 1 + depth(relation.provider().application(), path));
            }
        }
        path.remove(application);
        return depth;
    }
}
