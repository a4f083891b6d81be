package io.livepatch.supervisor.process;

import io.livepatch.supervisor.process.Processes.CannotStartException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Checks before a start whether this JVM's user may change user, niceness and limits, for better messages than the wrappers' own. */
record PrivilegeCheck(SystemTools tools) {

    private static final Path SELF = Path.of("/proc/self");
    /** See {@code capabilities(7)}; root in a container may lack them. */
    private static final int CAP_SYS_NICE = 23;

    private static final int CAP_SYS_RESOURCE = 24;

    /** The kernel's maximum, also for root. */
    private static final Path MAX_OPEN_FILES = Path.of("/proc/sys/fs/nr_open");

    private static String me() {
        return System.getProperty("user.name");
    }

    /** The options of {@code setpriv} that make a process run as {@code user}. */
    List<String> userOptions(String user) throws CannotStartException {
        if (user.equals(me())) {
            return List.of();
        }
        if (!"root".equals(me())) {
            throw new CannotStartException(
                    "only root may start it as user '%s', and this is '%s'".formatted(user, me()));
        }
        return List.of("--reuid", user, "--regid", primaryGroup(user), "--init-groups");
    }

    /** {@code nice} itself would print a warning and run the command with unchanged niceness. */
    void requireNiceness(int niceness) throws CannotStartException {
        if (niceness < 0 && !may(CAP_SYS_NICE)) {
            throw new CannotStartException(
                    "user '%s' may not give it a niceness of %d: that needs CAP_SYS_NICE".formatted(me(), niceness));
        }
    }

    void requireOpenFiles(int limit) throws CannotStartException {
        try {
            boolean raises = may(CAP_SYS_RESOURCE);
            long allowed = raises
                    ? Long.parseLong(Procfs.read(MAX_OPEN_FILES).strip())
                    : Procfs.ResourceLimits.read(SELF).hardOpenFiles().orElse(Long.MAX_VALUE);
            if (limit > allowed) {
                throw new CannotStartException("a limit of %d open files is more than user '%s' may give, which is %d%s"
                        .formatted(limit, me(), allowed, raises ? "" : "; more needs CAP_SYS_RESOURCE"));
            }
        } catch (IOException e) {
            throw new CannotStartException("cannot read how many files it may open: " + e.getMessage(), e);
        }
    }

    private static boolean may(int capability) throws CannotStartException {
        try {
            return Procfs.read(SELF.resolve("status"))
                    .lines()
                    .filter(line -> line.startsWith("CapEff:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .anyMatch(set -> (set >> capability & 1) == 1);
        } catch (IOException e) {
            throw new CannotStartException("cannot read the capabilities of this process: " + e.getMessage(), e);
        }
    }

    /**
     * The user id of {@code user}; empty if that is this JVM's user.
     *
     * @throws CannotStartException as {@link #userOptions}, or if there is no such user
     */
    Optional<Integer> uid(String user) throws CannotStartException {
        return userOptions(user).isEmpty() ? Optional.empty() : Optional.of(Integer.valueOf(id("-u", user)));
    }

    private String primaryGroup(String user) throws CannotStartException {
        return id("-g", user);
    }

    /** From {@code id}, since users need not be in {@code /etc/passwd}. */
    private String id(String option, String user) throws CannotStartException {
        try {
            Process id = new ProcessBuilder(tools.id().toString(), option, "--", user)
                    .redirectErrorStream(true)
                    .start();
            if (!id.waitFor(10, TimeUnit.SECONDS)) {
                id.destroyForcibly();
                throw new CannotStartException(
                        "'id %s %s' does not end within 10 s; is a directory service down?".formatted(option, user));
            }
            String answer = new String(id.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (id.exitValue() != 0) {
                throw new CannotStartException("there is no user '%s' (%s)".formatted(user, answer));
            }
            return answer;
        } catch (IOException e) {
            throw new CannotStartException("cannot read the ids of user '%s': %s".formatted(user, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotStartException("interrupted while reading the ids of user '%s'".formatted(user), e);
        }
    }
}
