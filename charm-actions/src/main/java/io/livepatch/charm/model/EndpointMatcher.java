package io.livepatch.charm.model;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.CharmMetadata;
import io.livepatch.charm.api.CharmMetadata.Endpoint;
import io.livepatch.charm.api.Suggestion;
import io.livepatch.charm.model.Model.RelationRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds the only pair of endpoints that fits two names, each an application or {@code application:endpoint}. */
final class EndpointMatcher {
    private final Model model;
    private final Map<String, CharmMetadata> charms;

    EndpointMatcher(Model model, Map<String, CharmMetadata> charms) {
        this.model = model;
        this.charms = charms;
    }

    Model relate(String one, String other) {
        List<RelationRecord> pairs = new ArrayList<>();
        for (Endpoint a : candidates(one)) {
            for (Endpoint b : candidates(other)) {
                if (fits(a, b)) {
                    pairs.add(entry(side(other, b), side(one, a), a.protocol()));
                } else if (fits(b, a)) {
                    pairs.add(entry(side(one, a), side(other, b), a.protocol()));
                }
            }
        }
        if (pairs.isEmpty()) {
            throw new CharmException.Invalid("'" + one + "' and '" + other + "' have no endpoints that fit: "
                    + offers(one) + "; " + offers(other));
        }
        if (pairs.size() > 1) {
            throw new CharmException.Invalid(
                    "'" + one + "' and '" + other + "' can be related in several ways, name the endpoints: " + pairs);
        }
        RelationRecord pair = pairs.getFirst();
        boolean there = model.relations().values().stream()
                .anyMatch(it ->
                        it.provider().equals(pair.provider()) && it.requirer().equals(pair.requirer()));
        return there ? model : model.withRelation(model.nextId(), pair);
    }

    private static RelationRecord entry(RelationRecord.Side provider, RelationRecord.Side requirer, String protocol) {
        return new RelationRecord(protocol, provider, requirer, new TreeMap<>());
    }

    private static boolean fits(Endpoint requirer, Endpoint provider) {
        return requirer.role() == Endpoint.Role.REQUIRES
                && provider.role() == Endpoint.Role.PROVIDES
                && requirer.protocol().equals(provider.protocol());
    }

    private Collection<Endpoint> candidates(String typed) {
        CharmMetadata metadata = metadata(typed);
        int colon = typed.indexOf(':');
        if (colon < 0) {
            return metadata.endpoints().values();
        }
        String name = typed.substring(colon + 1);
        Endpoint endpoint = metadata.endpoints().get(name);
        if (endpoint == null) {
            throw new CharmException.Invalid("application '" + applicationOf(typed) + "' has no endpoint '" + name + "'"
                    + Suggestion.after(name, metadata.endpoints().keySet()));
        }
        return List.of(endpoint);
    }

    private CharmMetadata metadata(String typed) {
        return ModelLookup.metadata(
                charms, ModelLookup.application(model, applicationOf(typed)).charm());
    }

    private String offers(String typed) {
        return applicationOf(typed) + " has "
                + metadata(typed).endpoints().values().stream()
                        .filter(it -> it.role() != Endpoint.Role.PEERS)
                        .map(it -> it.name() + " (" + it.role().name().toLowerCase(java.util.Locale.ROOT) + " "
                                + it.protocol() + ")")
                        .toList();
    }

    private static RelationRecord.Side side(String typed, Endpoint endpoint) {
        return new RelationRecord.Side(applicationOf(typed), endpoint.name());
    }

    private static String applicationOf(String typed) {
        int colon = typed.indexOf(':');
        return colon < 0 ? typed : typed.substring(0, colon);
    }
}
