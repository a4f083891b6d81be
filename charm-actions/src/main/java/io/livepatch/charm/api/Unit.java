package io.livepatch.charm.api;

import java.nio.file.Path;
import java.util.List;
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

    Config config();

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
}
