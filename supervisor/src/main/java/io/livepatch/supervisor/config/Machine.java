package io.livepatch.supervisor.config;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What {@link Check} has to know of the machine beside its files.
 *
 * @param environment the supervisor's own, part of which workers inherit
 * @param user whom the supervisor runs as
 * @param memoryBytes what there is, or what this container may have
 * @param users whether there is a user of such a name
 */
public record Machine(Map<String, String> environment, String user, long memoryBytes, Predicate<String> users) {

    public Machine {
        environment = Map.copyOf(environment);
    }

    /** This one. */
    public static Machine here() {
        long memory = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getTotalMemorySize();
        return new Machine(System.getenv(), System.getProperty("user.name"), memory, Machine::isUser);
    }

    boolean isRoot() {
        return user.equals("root");
    }

    private static boolean isUser(String name) {
        try {
            FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
            return true;
        } catch (UserPrincipalNotFoundException e) {
            return false;
        } catch (IOException e) {
            // A directory service that does not answer now may do so when the worker is started.
            return true;
        }
    }
}
