package io.livepatch.charm.api;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that a charm sees of the world, as it was when the call began. Writes to relations and secrets are kept back and take
 * effect together when the call has ended well; status and log lines take effect at once. Used by one thread.
 */
public interface Unit {

    UnitName name();

    /** The application that it is one of. */
    default String application() {
        return name().application();
    }

    /** The units of its application that are there to stay, itself among them unless it is on its way out; by number. */
    List<UnitName> plannedUnits();

    /** Whether it may write for its application. One unit of each application is; which one may change between calls. */
    boolean leader();

    /** The address that others reach it by, and that it listens on. */
    String address();

    CharmConfig config();

    /** The established relations of one endpoint, in the order they were made. */
    List<Relation> relations(String endpoint);

    Secrets secrets();

    /** A directory that stays as long as the unit does; exists. */
    Path directory();

    /** The path of a program that is shipped with the charms, such as {@code livepatch-server}. */
    Path program(String name);

    Services services();

    /** Shows what is going on while a call is at work; what the call returns replaces it. */
    void setStatus(UnitStatus status);

    /** Shows the version of the software that is run. */
    void setVersion(String version);

    /** Shows the ports that it serves on its address. */
    void openPorts(Set<Integer> ports);

    void log(String message);

    /** Reports the progress of the running action to the command that waits for it, and to the log. Thread-safe. */
    void actionLog(String message);

    /** One relation as one of its units sees it: reads the other side's bags, writes its own. Values are text, as in Juju. */
    interface Relation {

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

    /** Secrets of this application, and those that others granted to it. Their content never appears in a relation's bag. */
    interface Secrets {

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

    /** The long-running processes of a unit. They are kept alive by the substrate; a charm only says what should run. */
    interface Services {

        /**
         * Starts it, or replaces it when what runs differs from {@code spec} in any way; does nothing otherwise. Of a crew only those
         * are replaced who have to be, one by one, and only by processes that are ready; this returns before.
         */
        void ensure(ServiceSpec spec);

        /** Stops it gracefully and forgets it; silent when there is none. */
        void stop(String name);

        /** Stops and starts it; a crew is replaced one by one, and this returns when all are ready. */
        void restart(String name);

        /** How it is; empty when it was never ensured or has been stopped. */
        Optional<ServiceState> state(String name);
    }
}
