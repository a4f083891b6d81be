package io.livepatch.charm.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

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

    /** Whether the unit is being removed: it hands over its work, and the charm says when it has finished. */
    boolean leaving();

    /** The IP address on which its servers listen and under which other units reach it. */
    String address();

    CharmConfig config();

    /** The established relations of one endpoint, in the order of their creation. */
    List<Relation> relations(String endpoint);

    /**
     * The relation with the other units of its application, which exists from the start. The application's bag is what the leader
     * decides for all units; all of them can read it.
     */
    Relation peers();

    /** The secrets of the application, which its leader writes. */
    Secrets secrets();

    /** The secrets of this unit, which no other unit of its application can read. They are deleted with the unit. */
    Secrets unitSecrets();

    /** The content of a secret that this unit may read, by an id that another application published; empty unless granted. */
    Optional<Map<String, String>> readSecret(String id);

    /** The unit's directory, which exists as long as the unit. */
    Path directory();

    /** The release that the unit runs from; it is neither changed nor deleted while the unit uses it. */
    Path release();

    /** The path of a program of the release, such as {@code livepatch-server}. */
    default Path program(String name) {
        return release().resolve("bin").resolve(name);
    }

    Services services();

    /** Sets the status during a call; the returned status replaces it. */
    void setStatus(UnitStatus status);

    /** Sets the version of the software that the unit runs. */
    void setVersion(String version);

    /** Sets the TCP ports on which clients may connect; all others are closed. */
    void openPorts(Set<Integer> ports);

    void log(String message);

    /**
     * Reports an executed step to log and metrics.
     *
     * @param step one line without secrets
     * @param failure why the step failed; empty if it succeeded
     */
    void stepEnded(String step, Duration duration, Optional<String> failure);

    /** Reports the progress of the running action to the command that waits for it, and to the log. Thread-safe. */
    void actionLog(String message);

    /**
     * A relation from one unit's side: reads the remote bags, writes the own ones. Values are text, as in Juju. What the substrate
     * itself adds to a bag, such as {@code ingress-address}, can be read in remote bags only.
     */
    interface Relation {

        int id();

        String endpoint();

        /** The application on the other side; of a peer relation its own. */
        String remoteApplication();

        /** The units on the other side, in the order of their numbers; of a peer relation the other units. */
        List<UnitName> remoteUnits();

        Map<String, String> remoteApplicationBag();

        Map<String, String> remoteUnitBag(UnitName unit);

        /** What this application published. In a relation with another application only the leader can read it. */
        Map<String, String> applicationBag();

        /** What this unit published. */
        Map<String, String> unitBag();

        /** Sets these entries of this unit's bag; an empty value removes its entry. Other entries stay. */
        void publish(Map<String, String> entries);

        /**
         * Sets these entries of this application's bag; an empty value removes its entry. Other entries stay.
         *
         * @throws CharmException when this unit is not the leader
         */
        void publishForApplication(Map<String, String> entries);

        /** A bag after entries were published to it. */
        static NavigableMap<String, String> published(Map<String, String> bag, Map<String, String> entries) {
            NavigableMap<String, String> after = new TreeMap<>(bag);
            after.putAll(entries);
            after.values().removeIf(String::isEmpty);
            return after;
        }

        /** Whether a bag has these entries, and none of those whose value is empty. */
        static boolean contains(Map<String, String> bag, Map<String, String> entries) {
            return entries.entrySet().stream()
                    .allMatch(entry -> bag.getOrDefault(entry.getKey(), "").equals(entry.getValue()));
        }
    }

    /**
     * Secrets with one owner: an application or a unit. Their content is never in a relation's bag. Each is written by itself, as a
     * new revision.
     */
    interface Secrets {

        Optional<Owned> find(String label);

        /**
         * Creates the secret with this label, or gives it a new content, and returns its id. An equal content makes no new revision.
         *
         * @throws CharmException if the owner is the application and this unit is not its leader
         */
        String put(String label, Map<String, String> content);

        /** Lets the other side of a relation read a secret. */
        void grant(String id, int relation);

        /** Deletes a secret; does nothing if there is none. */
        void remove(String label);

        Iterable<String> labels();

        /**
         * A secret.
         *
         * @param revision counts the contents that it has had, from 1
         */
        record Owned(String id, int revision, Map<String, String> content) {
            public Owned {
                content = Map.copyOf(content);
            }

            @Override
            public String toString() {
                return id + " revision " + revision;
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
