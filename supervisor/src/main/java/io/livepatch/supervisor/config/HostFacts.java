package io.livepatch.supervisor.config;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What {@link Check} needs to know about the machine, apart from its files.
 *
 * @param environment the supervisor's own, part of which workers inherit
 * @param user the user that the supervisor runs as
 * @param memoryBytes the memory of the machine, or the limit of its container
 * @param users whether a user of that name exists
 */
public record HostFacts(Map<String, String> environment, String user, long memoryBytes, Predicate<String> users) {

    public HostFacts {
        environment = Map.copyOf(environment);
    }

    /** The facts about this machine. */
    public static HostFacts here() {
        long memory = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getTotalMemorySize();
        return new HostFacts(System.getenv(), System.getProperty("user.name"), memory, HostFacts::isUser);
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
