package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmConfig;
import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Demand;
import io.livepatch.charm.model.Model.RelationRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks that applications do not open more connections to another one, such as a database, than it has. Pure.
 */
public final class Connections {
    private final Model model;
    private final Map<String, CharmMetadata> charms;

    private Connections(Model model, Map<String, CharmMetadata> charms) {
        this.model = model;
        this.charms = charms;
    }

    /**
     * Refuses a change after which there are too few connections. If there were too few before, it refuses only what increases the
     * lack.
     *
     * @return the model after the change
     * @throws CharmException.Invalid with every application that has too few
     */
    public static Model check(Model before, Model after, Map<String, CharmMetadata> charms) {
        Connections now = new Connections(after, charms);
        Connections then = new Connections(before, charms);
        List<String> problems = new ArrayList<>();
        for (String giver : after.applications().keySet()) {
            long lacking = now.lacking(giver);
            if (lacking > 0 && lacking > then.lacking(giver)) {
                problems.add(now.problem(giver));
            }
        }
        if (!problems.isEmpty()) {
            throw new CharmException.Invalid("there are too few connections", problems);
        }
        return after;
    }

    private long lacking(String giver) {
        return given(giver)
                .map(demand -> taken(giver, demand) - demand.connections().applyAsLong(config(giver)))
                .orElse(0L);
    }

    private String problem(String giver) {
        Demand gives = given(giver).orElseThrow();
        long has = gives.connections().applyAsLong(config(giver));
        List<String> takers = new ArrayList<>();
        List<String> ways = new ArrayList<>();
        for (String taker : takers(giver, gives)) {
            takers.add("'" + taker + "' takes " + taken(taker) + " ("
                    + model.aliveUnits(taker).size() + " × "
                    + taken(taker) / Math.max(1, model.aliveUnits(taker).size()) + ")");
            takes(taker).ifPresent(demand -> ways.add(demand.remedy() + " of '" + taker + "'"));
        }
        return "'" + giver + "' has " + has + " connections for others, and " + String.join(", ", takers) + ": "
                + gives.remedy() + " of '" + giver + "' first, or " + String.join(", or ", ways);
    }

    private long taken(String giver, Demand gives) {
        return takers(giver, gives).stream().mapToLong(this::taken).sum();
    }

    private long taken(String taker) {
        return takes(taker)
                .map(demand -> demand.connections().applyAsLong(config(taker))
                        * model.aliveUnits(taker).size())
                .orElse(0L);
    }

    private List<String> takers(String giver, Demand gives) {
        return model.relations().values().stream()
                .filter(model::alive)
                .filter(relation -> relation.provider().equals(new RelationRecord.Side(giver, gives.endpoint())))
                .map(RelationRecord::requirer)
                .filter(side -> takes(side.application())
                        .filter(demand -> demand.endpoint().equals(side.endpoint()))
                        .isPresent())
                .map(RelationRecord.Side::application)
                .distinct()
                .toList();
    }

    private Optional<Demand> given(String application) {
        return metadata(application).flatMap(charm -> charm.limits().gives());
    }

    private Optional<Demand> takes(String application) {
        return metadata(application).flatMap(charm -> charm.limits().takes());
    }

    private Optional<CharmMetadata> metadata(String application) {
        return model.application(application).map(app -> charms.get(app.charm()));
    }

    private CharmConfig config(String application) {
        Application app = ModelLookup.application(model, application);
        return ModelLookup.metadata(charms, app.charm()).effective(app.config());
    }
}
