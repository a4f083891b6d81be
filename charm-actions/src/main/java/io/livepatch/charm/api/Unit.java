package io.livepatch.charm.api;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The inputs and outputs of a charm for one unit, as of the beginning of the call. Writes to relations and secrets take effect
 * together when the call succeeds; status and log lines at once. Used by one thread.
 */
public interface Unit {

    UnitName name();

    default String application() {
        return name().application();
    }

    /** The units of its application that are not being removed, by number. */
    List<UnitName> plannedUnits();

    /** Whether the unit may write for its application. Each application has one leader, which may change between calls. */
    boolean leader();

    String address();

    CharmConfig config();

    /** The established relations of one endpoint, in the order of their creation. */
    List<Relation> relations(String endpoint);

    Secrets secrets();

    /** The unit's directory, which exists as long as the unit. */
    Path directory();

    /** The path of a program that is shipped with the charms, such as {@code livepatch-server}. */
    Path program(String name);

    Services services();

    /** Sets the status during a call; the returned status replaces it. */
    void setStatus(UnitStatus status);

    void setVersion(String version);

    void openPorts(Set<Integer> ports);

    void log(String message);

    /** Reports the progress of the running action to the command that waits for it, and to the log. Thread-safe. */
    void actionLog(String message);

    /** A relation from one unit's side: reads the remote bags, writes the own ones. Values are text, as in Juju. */
    interface Relation {

        int id();

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

    /** The secrets of this application, and those granted to it. Their content is never in a relation's bag. */
    interface Secrets {

        /** The content of a secret that this unit may read, by an id that another application published; empty unless granted. */
        Optional<Map<String, String>> read(String id);

        Optional<Owned> find(String label);

        /**
         * Creates or replaces the secret with this label, and returns its id.
         *
         * @throws CharmException when this unit is not the leader
         */
        String put(String label, Map<String, String> content);

        void grant(String id, int relation);

        /** Deletes a secret; does nothing if there is none. */
        void remove(String label);

        Iterable<String> labels();

        /** A secret of this application. */
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

    /** The long-running processes of a unit. The substrate keeps them running; a charm declares them. Thread-safe. */
    interface Services {

        /**
         * Starts the service, or changes one that runs with another spec, as {@link ServiceSpec} says. Does not wait for processes,
         * except where the service has to be stopped first.
         *
         * @throws CharmException if the unit is being stopped
         */
        void ensure(ServiceSpec spec);

        /** Stops a service gracefully and removes it; does nothing if there is none. */
        void stop(String name);

        /**
         * Begins to replace all processes, the workers of a pool one by one, and starts those that are down. Does not wait for that:
         * {@link ServiceState#settled} tells its end. Does nothing if there is no such service.
         */
        void restart(String name);

        /** The state of a service; empty if it was never ensured or has been stopped. */
        Optional<ServiceState> state(String name);
    }
}
