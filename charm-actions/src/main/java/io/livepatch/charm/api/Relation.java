package io.livepatch.charm.api;

import java.util.List;
import java.util.Map;

/** One relation as one of its units sees it: reads the other side's bags, writes its own. Values are text, as in Juju. */
public interface Relation {

    int id();

    /** The endpoint on this side. */
    String endpoint();

    String remoteApplication();

    /** The units on the other side, in the order of their numbers. */
    List<UnitName> remoteUnits();

    Map<String, String> remoteApplicationBag();

    Map<String, String> remoteUnitBag(UnitName unit);

    Map<String, String> applicationBag();

    Map<String, String> unitBag();

    /** Makes these the only entries of this unit's bag. */
    void publish(Map<String, String> bag);

    /**
     * Makes these the only entries of this application's bag.
     *
     * @throws CharmException when this unit is not the leader
     */
    void publishForApplication(Map<String, String> bag);
}
