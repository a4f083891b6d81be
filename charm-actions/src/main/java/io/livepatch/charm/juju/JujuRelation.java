package io.livepatch.charm.juju;

import io.livepatch.charm.api.CharmException;
import io.livepatch.charm.api.Unit.Relation;
import io.livepatch.charm.api.UnitName;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A relation during one hook. Writes are kept until {@link #commit}, because Juju would keep those of a hook that ends well although
 * its charm is blocked.
 */
final class JujuRelation implements Relation {
    /** What Juju writes into the bag of every unit. */
    private static final Set<String> JUJU_KEYS = Set.of("ingress-address", "private-address", "egress-subnets");

    private final HookTools tools;
    private final String id;
    private final UnitName unit;
    private final boolean peers;
    private final boolean leader;
    private final NavigableMap<String, String> unitWrites = new TreeMap<>();
    private final NavigableMap<String, String> applicationWrites = new TreeMap<>();
    private final NavigableMap<String, String> unitCommitted = new TreeMap<>();
    private final NavigableMap<String, String> applicationCommitted = new TreeMap<>();

    /**
     * A relation.
     *
     * @param id Juju's, such as {@code database:3}
     * @param unit the own unit
     */
    JujuRelation(HookTools tools, String id, UnitName unit, boolean peers, boolean leader) {
        this.tools = tools;
        this.id = id;
        this.unit = unit;
        this.peers = peers;
        this.leader = leader;
    }

    @Override
    public int id() {
        return number(id);
    }

    static int number(String id) {
        return Integer.parseInt(id.substring(id.lastIndexOf(':') + 1));
    }

    @Override
    public String endpoint() {
        return id.substring(0, id.lastIndexOf(':'));
    }

    @Override
    public String remoteApplication() {
        return peers
                ? unit.application()
                : tools.read("relation-list", "-r", id, "--app").asString();
    }

    @Override
    public List<UnitName> remoteUnits() {
        return HookTools.list(tools.read("relation-list", "-r", id)).stream()
                .map(UnitName::parse)
                .flatMap(Optional::stream)
                .sorted()
                .toList();
    }

    @Override
    public Map<String, String> remoteApplicationBag() {
        return peers ? applicationBag() : bag(remoteApplication(), "--app");
    }

    @Override
    public Map<String, String> remoteUnitBag(UnitName name) {
        return bag(name.toString());
    }

    private Map<String, String> bag(String member, String... flags) {
        return HookTools.texts(
                flags.length == 0
                        ? tools.read("relation-get", "-r", id, "-", member)
                        : tools.read("relation-get", "-r", id, flags[0], "-", member));
    }

    /** Empty for a unit that may not read it: between two applications only the leader may. */
    @Override
    public Map<String, String> applicationBag() {
        return peers || leader
                ? Relation.published(
                        Relation.published(bag(unit.application(), "--app"), applicationCommitted), applicationWrites)
                : Map.of();
    }

    @Override
    public Map<String, String> unitBag() {
        Map<String, String> bag = new TreeMap<>(bag(unit.toString()));
        bag.keySet().removeAll(JUJU_KEYS);
        return Relation.published(Relation.published(bag, unitCommitted), unitWrites);
    }

    @Override
    public void publish(Map<String, String> entries) {
        unitWrites.putAll(entries);
    }

    @Override
    public void publishForApplication(Map<String, String> entries) {
        if (!leader) {
            throw new CharmException("'" + unit + "' cannot write for its application: it is not the leader");
        }
        applicationWrites.putAll(entries);
    }

    /** Hands the writes to Juju, which applies them if the process ends with exit code 0. */
    void commit() {
        if (!unitWrites.isEmpty()) {
            tools.writeEntries(unitWrites, "relation-set", "-r", id, "--file", "-");
        }
        if (!applicationWrites.isEmpty()) {
            tools.writeEntries(applicationWrites, "relation-set", "-r", id, "--app", "--file", "-");
        }
        unitCommitted.putAll(unitWrites);
        applicationCommitted.putAll(applicationWrites);
        discard();
    }

    /** Forgets the writes since the last {@link #commit}. */
    void discard() {
        unitWrites.clear();
        applicationWrites.clear();
    }
}
